"""The commission's doors for letters without a wire between."""

from typing import Any

from enishi.protocol.commission import CommissionHanded, CommissionLook
from enishi.roles.oversight.letters import Letters


class Near:
    """Stands where the portal's door to the commission stands, and keeps what passed."""

    def __init__(self, letters: Letters) -> None:
        """Knock at these."""
        self.letters = letters
        self.passed: list[Any] = []

    async def call(self, path: str, request: Any, reply: type) -> Any:
        """By the path, as the role's endpoints have it."""
        self.passed.append(request)
        if path == "/oversight/letter":
            assert isinstance(request, CommissionHanded)
            return await self.letters.take(request)
        assert path == "/oversight/letter/state"
        assert isinstance(request, CommissionLook)
        return await self.letters.state(request)
