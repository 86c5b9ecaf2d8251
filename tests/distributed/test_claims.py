from __future__ import annotations

import asyncio
from pathlib import Path

from clusterforge.distributed import Claims
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import seal


def test_a_stage_is_granted_to_one_at_a_time() -> None:
    async def story() -> list[str]:
        claims, order = Claims(), []

        async def work(holder: str) -> None:
            await claims.claim("key", holder)
            order.append(holder)

        await work("a")
        waiting = [asyncio.create_task(work(name)) for name in "bc"]
        await asyncio.sleep(0)
        assert order == ["a"]
        await claims.claim("another", "a")
        await claims.bury("b")  # waits, and dies
        await claims.bury("a")  # holds, and dies
        await asyncio.wait_for(asyncio.gather(*waiting), 5)
        assert await asyncio.wait_for(claims.claim("another", "d"), 5) is None
        # The dead hold nothing: c has it, and e waits for c.
        late = asyncio.create_task(work("e"))
        await asyncio.sleep(0.01)
        assert "e" not in order
        await claims.free("key")
        await asyncio.wait_for(late, 5)
        return order

    assert sorted(asyncio.run(story())) == ["a", "b", "c", "e"]


def test_a_stage_travels_as_bytes(tmp_path: Path) -> None:
    here, there = Cache(tmp_path / "here"), Cache(tmp_path / "there")
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "train.npy").write_bytes(b"rows")
    seal(stage, "0" * 64)
    here.keep("0" * 64, stage, 1.5)
    packed = here.pack("0" * 64)
    assert packed is not None
    there.unpack("0" * 64, packed)
    assert there.fetch("0" * 64, tmp_path / "copy")
    assert (tmp_path / "copy" / "train.npy").read_bytes() == b"rows"
    assert there.seconds("0" * 64) == 1.5
    assert there.pack("1" * 64) is None
