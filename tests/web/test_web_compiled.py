"""Templates compiled once for all faces of a process: a second face reads what the first compiled, and a changed file is compiled anew."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from enishi.web.compiled import Compiled


def reading(folder: Path, compiled: Compiled) -> Environment:
    return Environment(loader=FileSystemLoader(folder), autoescape=True, bytecode_cache=compiled)


def test_a_second_face_compiles_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>{{ word }}</p>")
    compiled = Compiled()
    reading(tmp_path, compiled).get_template("a.html")
    second = reading(tmp_path, compiled)
    second.compile = None  # type: ignore[assignment]
    assert second.get_template("a.html").render(word="<") == "<p>&lt;</p>"


def test_each_face_sees_its_own_values(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ face }}")
    compiled = Compiled()
    faces = [reading(tmp_path, compiled) for _ in range(2)]
    for name, one in zip(("portal", "card"), faces, strict=True):
        one.globals["face"] = name
    assert [one.get_template("a.html").render() for one in faces] == ["portal", "card"]


def test_a_changed_file_is_compiled_anew(tmp_path: Path) -> None:
    place, compiled = tmp_path / "a.html", Compiled()
    place.write_text("before")
    reading(tmp_path, compiled).get_template("a.html")
    place.write_text("after")
    assert reading(tmp_path, compiled).get_template("a.html").render() == "after"
