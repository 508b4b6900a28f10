// Outsider checks our log with Go's own packages (golang.org/x/mod/sumdb) and nothing of ours: `live` a log that is being served, `vectors` our vectors.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies cosignature/v1 (C2SP tlog-cosignature), which Go's note package takes as a verifier of somebody else's making.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	at := binary.BigEndian.Uint64(sig[:8])
	return ed25519.Verify(c.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, msg)), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("key %q", vkey)
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, fmt.Errorf("key %q", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, fmt.Errorf("key id of %q", vkey)
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(key[1:])}, nil
}

func readCheckpoint(text string) (string, tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return "", tlog.Tree{}, fmt.Errorf("checkpoint of %d lines", len(lines))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return "", tlog.Tree{}, fmt.Errorf("size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return lines[0], tlog.Tree{N: size, Hash: root}, err
}

// served is a tlog.TileReader over HTTP; Go names the tiles' height in the path, C2SP fixes it at 8 and leaves it out.
type served struct {
	url  string
	read map[string][]byte
}

func (s served) Height() int                             { return 8 }
func (s served) SaveTiles(tiles []tlog.Tile, _ [][]byte) {}
func (s served) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		if s.read[path] == nil {
			content, err := fetch(s.url + "/" + path)
			if err != nil {
				return nil, err
			}
			s.read[path] = content
		}
		contents = append(contents, s.read[path])
	}
	return contents, nil
}

func fetch(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != 200 {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return content, err
}

func live(url, key string, witnesses []string) (map[string]int64, error) {
	log, err := note.NewVerifier(key)
	if err != nil {
		return nil, err
	}
	known := []note.Verifier{log}
	for _, witness := range witnesses {
		one, err := newCosigner(witness)
		if err != nil {
			return nil, err
		}
		known = append(known, one)
	}
	content, err := fetch(url + "/checkpoint")
	if err != nil {
		return nil, err
	}
	opened, err := note.Open(content, note.VerifierList(known...))
	if err != nil {
		return nil, err
	}
	if len(opened.Sigs) != len(known) {
		return nil, fmt.Errorf("%d signatures of %d known keys", len(opened.Sigs), len(known))
	}
	origin, tree, err := readCheckpoint(opened.Text)
	if err != nil || origin != log.Name() {
		return nil, fmt.Errorf("checkpoint of %q: %v", origin, err)
	}
	if err := everyRecord(url, tree); err != nil {
		return nil, err
	}
	pairs, err := everySize(url, tree)
	return map[string]int64{"size": tree.N, "signatures": int64(len(opened.Sigs)), "consistent": pairs}, err
}

// everyRecord compares each entry of the bundles with its tile and proves that it is in the signed tree.
func everyRecord(url string, tree tlog.Tree) error {
	hashes := tlog.TileHashReader(tree, served{url, map[string][]byte{}})
	for begin := int64(0); begin < tree.N; begin += 256 {
		width := tree.N - begin
		name := fmt.Sprintf("%s/tile/entries/%03d", url, begin/256)
		if width >= 256 {
			width = 256
		} else {
			name += fmt.Sprintf(".p/%d", width)
		}
		content, err := fetch(name)
		if err != nil {
			return err
		}
		for index := begin; index < begin+width; index++ {
			if len(content) < 2 || len(content) < 2+int(binary.BigEndian.Uint16(content)) {
				return fmt.Errorf("bundle ends before entry %d", index)
			}
			length := 2 + int(binary.BigEndian.Uint16(content))
			hash := tlog.RecordHash(content[2:length])
			content = content[length:]
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, hash); err != nil {
				return fmt.Errorf("entry %d: %v", index, err)
			}
		}
		if len(content) != 0 {
			return fmt.Errorf("bundle %d has more than %d entries", begin/256, width)
		}
	}
	return nil
}

// everySize proves that the tree grew out of smaller ones.
func everySize(url string, tree tlog.Tree) (int64, error) {
	hashes := tlog.TileHashReader(tree, served{url, map[string][]byte{}})
	count := int64(0)
	for old := int64(1); old <= tree.N; old += 1 + old/7 {
		root, err := tlog.TreeHash(old, hashes)
		if err != nil {
			return count, err
		}
		proof, err := tlog.ProveTree(tree.N, old, hashes)
		if err != nil {
			return count, err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, root); err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}

type kase struct {
	Name, Expect, Root, Note, Verifier, Origin, Text, Line string
	LeafHash                                               string `json:"leaf_hash"`
	OldRoot                                                string `json:"old_root"`
	OldSize                                                int64  `json:"old_size"`
	Index, Size                                            int64
	Path                                                   []string
}

func hash(text string) tlog.Hash {
	var made tlog.Hash
	raw, err := hex.DecodeString(text)
	if err == nil && len(raw) == len(made) {
		copy(made[:], raw)
	}
	return made
}

func hashes(path []string) (made []tlog.Hash) {
	for _, one := range path {
		made = append(made, hash(one))
	}
	return made
}

func (c kase) check(kind string) error {
	switch kind {
	case "inclusion":
		return tlog.CheckRecord(hashes(c.Path), c.Size, hash(c.Root), c.Index, hash(c.LeafHash))
	case "consistency":
		return tlog.CheckTree(hashes(c.Path), c.Size, hash(c.Root), c.OldSize, hash(c.OldRoot))
	case "checkpoint":
		key, err := note.NewVerifier(c.Verifier)
		if err != nil {
			return err
		}
		opened, err := note.Open([]byte(c.Note), note.VerifierList(key))
		if err != nil {
			return err
		}
		origin, tree, err := readCheckpoint(opened.Text)
		if err == nil && (origin != key.Name() || origin != c.Origin || tree.N != c.Size || !bytes.Equal(tree.Hash[:], hashOf(c.Root))) {
			err = fmt.Errorf("another checkpoint")
		}
		return err
	case "cosignature":
		key, err := newCosigner(c.Verifier)
		if err != nil {
			return err
		}
		_, err = note.Open([]byte(c.Text+"\n"+c.Line), note.VerifierList(key))
		return err
	}
	return fmt.Errorf("unknown kind %s", kind)
}

func hashOf(text string) []byte { made := hash(text); return made[:] }

func vectors(folder string) (map[string]map[string]bool, error) {
	held := map[string]map[string]bool{}
	for _, kind := range []string{"inclusion", "consistency", "checkpoint", "cosignature"} {
		content, err := os.ReadFile(filepath.Join(folder, kind+".json"))
		if err != nil {
			return nil, err
		}
		var file struct{ Cases []kase }
		if err := json.Unmarshal(content, &file); err != nil {
			return nil, err
		}
		held[kind] = map[string]bool{}
		for _, one := range file.Cases {
			held[kind][one.Name] = one.check(kind) == nil
		}
	}
	return held, nil
}

func main() {
	var said interface{}
	var err error
	if len(os.Args) > 3 && os.Args[1] == "live" {
		said, err = live(os.Args[2], os.Args[3], os.Args[4:])
	} else if len(os.Args) == 3 && os.Args[1] == "vectors" {
		said, err = vectors(os.Args[2])
	} else {
		err = fmt.Errorf("live URL KEY [WITNESS ...] | vectors FOLDER")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(said)
}
