import hashlib
import io
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from voicebot import debian, resources
from voicebot.errors import ModelMissing, ProgramMissing, SpeechError
from voicebot.speech import models
from voicebot.speech.install import install, remove, status, verify
from voicebot.speech.recogniser import Model

SMALL = "vosk-model-small-ru-0.22"


class Publisher(ThreadingHTTPServer):
    """Serves one file, as the publishers' servers do: ranges and strong ETags; it can break off."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.body = b""
        self.break_after: int | None = None
        self.ranges: list[str | None] = []
        self.takes_ranges = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model"


class _Answer(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if self.path != "/model":
            return self.send_error(404)
        body, tag = self.server.body, f'"{hashlib.md5(self.server.body).hexdigest()}"'
        start = 0
        if asked and self.server.takes_ranges and self.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = len(body) if self.server.break_after is None else start + self.server.break_after
        self.wfile.write(body[start:end])
        return None

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "installed"
    monkeypatch.setattr(resources, "installed_models", lambda: folder)
    return folder


def archive(top: str = f"{SMALL}/", extra: dict[str, bytes] | None = None) -> bytes:
    """The embedded model, packed as the publisher packs his."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for path in sorted((resources.models() / "tiny-ru").rglob("*")):
            if path.is_file():
                file.write(path, top + path.relative_to(resources.models() / "tiny-ru").as_posix())
        for name, content in (extra or {}).items():
            file.writestr(name, content)
    return packed.getvalue()


def test_a_model_is_downloaded_and_vosk_can_load_it(publisher: Publisher, home: Path) -> None:
    publisher.body = archive()
    told: list[tuple[int, int | None]] = []
    folder = install(SMALL, source=publisher.url, progress=lambda done, total: told.append((done, total)))
    assert folder == home / SMALL == models.folder(SMALL)
    assert Model(folder).knows("да")
    assert told[0] == (0, len(publisher.body))
    assert told[-1] == (len(publisher.body), len(publisher.body))
    assert verify(SMALL) == []
    assert {one.entry.name for one in status() if one.installed} >= {SMALL, "tiny-ru"}
    assert sorted(path.name for path in home.iterdir()) == [".downloads", "models.lock", SMALL]
    assert not list((home / ".downloads").iterdir())


def test_a_model_that_is_installed_is_not_downloaded_again(publisher: Publisher) -> None:
    publisher.body = archive()
    install(SMALL, source=publisher.url)
    install(SMALL, source=publisher.url)
    assert publisher.ranges == [None]


def test_a_broken_download_goes_on_where_it_stopped(publisher: Publisher, home: Path) -> None:
    publisher.body = archive()
    publisher.break_after = 1_000_000
    with pytest.raises(SpeechError, match=r"broke off.*Run it again"):
        install(SMALL, source=publisher.url)
    assert not (home / SMALL).exists()
    publisher.break_after = None
    install(SMALL, source=publisher.url)
    assert publisher.ranges == [None, "bytes=1000000-"]
    assert verify(SMALL) == []


def test_a_part_of_another_version_is_not_gone_on_with(publisher: Publisher) -> None:
    publisher.body = archive(extra={"old": b"1"})
    publisher.break_after = 1_000_000
    with pytest.raises(SpeechError, match="broke off"):
        install(SMALL, source=publisher.url)
    publisher.body, publisher.break_after = archive(extra={"new": b"2"}), None
    install(SMALL, source=publisher.url)
    assert verify(SMALL) == []


def test_a_server_without_ranges_starts_from_the_beginning(publisher: Publisher) -> None:
    publisher.body, publisher.break_after = archive(), 1_000_000
    with pytest.raises(SpeechError, match="broke off"):
        install(SMALL, source=publisher.url)
    publisher.takes_ranges, publisher.break_after = False, None
    install(SMALL, source=publisher.url)
    assert verify(SMALL) == []


def test_a_changed_file_is_refused_unless_it_is_an_upgrade(publisher: Publisher, home: Path) -> None:
    publisher.body = archive()
    install(SMALL, source=publisher.url)
    remove(SMALL)
    assert not (home / SMALL).exists()
    publisher.body = archive(extra={f"{SMALL}/README": b"another"})
    with pytest.raises(SpeechError, match=r"not the vosk-model-small-ru-0\.22 that was installed before.*--upgrade"):
        install(SMALL, source=publisher.url)
    assert not (home / SMALL).exists()
    install(SMALL, source=publisher.url, upgrade=True)
    install(SMALL, source=publisher.url, upgrade=True)
    assert (home / SMALL / "README").read_bytes() == b"another"


def test_a_wrong_checksum_is_refused(publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher.body = archive()
    entry = models.entry(SMALL).model_copy(update={"sha256": "0" * 64})
    monkeypatch.setattr(models, "catalogue", lambda: {SMALL: entry})
    with pytest.raises(SpeechError, match="wrong checksum"):
        install(SMALL, source=publisher.url)
    assert not (home / SMALL).exists()


@pytest.mark.parametrize("evil", ["../escaped", "/tmp/escaped", f"{SMALL}/../../escaped"])
def test_an_archive_that_writes_outside_its_folder_is_refused(tmp_path: Path, home: Path, evil: str) -> None:
    (tmp_path / "evil.zip").write_bytes(archive(extra={evil: b"!"}))
    with pytest.raises(SpeechError, match="outside its folder"):
        install(SMALL, source=str(tmp_path / "evil.zip"))
    assert not list(tmp_path.rglob("escaped"))
    assert not (home / SMALL).exists()


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(f"{SMALL}/link")
    link.external_attr = 0o120777 << 16
    packed = io.BytesIO(archive())
    with zipfile.ZipFile(packed, "a") as file:
        file.writestr(link, "/etc")
    (tmp_path / "link.zip").write_bytes(packed.getvalue())
    with pytest.raises(SpeechError, match="outside its folder"):
        install(SMALL, source=str(tmp_path / "link.zip"))


def test_models_come_from_files_and_folders_too(tmp_path: Path, home: Path) -> None:
    (tmp_path / "flat.zip").write_bytes(archive(top=""))
    install(SMALL, source=str(tmp_path / "flat.zip"))
    install("vosk-model-ru-0.42", source=str(resources.models() / "tiny-ru"))
    (tmp_path / "voice.pt").write_bytes(b"voice")
    install("v5_cis_base", source=str(tmp_path / "voice.pt"))
    assert (home / "v5_cis_base/v5_cis_base.pt").read_bytes() == b"voice"
    assert (tmp_path / "voice.pt").exists()
    assert [verify(name) for name in (SMALL, "vosk-model-ru-0.42", "v5_cis_base")] == [[], [], []]


@pytest.mark.parametrize(
    ("content", "said"), [(b"not a zip", "not a whole zip"), (archive()[:500_000], "not a whole zip")]
)
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(SpeechError, match=said):
        install(SMALL, source=str(tmp_path / "bad.zip"))


def test_an_archive_of_something_else_is_refused(tmp_path: Path, home: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("readme.txt", "hello")
    with pytest.raises(SpeechError, match=r"no am/final\.mdl inside"):
        install(SMALL, source=str(tmp_path / "other.zip"))
    assert not (home / SMALL).exists()


def test_what_is_missing_or_unreachable_is_named(publisher: Publisher) -> None:
    with pytest.raises(ModelMissing, match=r"no model is called nothing.*Known ones: tiny-ru"):
        install("nothing")
    with pytest.raises(SpeechError, match="no such file"):
        install(SMALL, source="/no/such/file")
    with pytest.raises(SpeechError, match="404"):
        install(SMALL, source=publisher.url + "s")
    with pytest.raises(SpeechError, match="broke off"):
        install(SMALL, source="http://127.0.0.1:1/model")


def test_a_licence_that_forbids_some_uses_must_be_accepted(tmp_path: Path) -> None:
    (tmp_path / "voice.pt").write_bytes(b"voice")
    with pytest.raises(SpeechError, match=r"CC BY-NC-SA 4\.0.*--accept-licence"):
        install("v5_ru", source=str(tmp_path / "voice.pt"))
    install("v5_ru", source=str(tmp_path / "voice.pt"), accept_licence=True)


def test_verify_names_files_that_changed_vanished_or_came(tmp_path: Path, home: Path) -> None:
    (tmp_path / "model.zip").write_bytes(archive())
    install(SMALL, source=str(tmp_path / "model.zip"))
    (home / SMALL / "conf/mfcc.conf").write_text("changed")
    (home / SMALL / "graph/Gr.fst").unlink()
    (home / SMALL / "added").touch()
    assert verify(SMALL) == ["added", "conf/mfcc.conf", "graph/Gr.fst"]
    with pytest.raises(SpeechError, match="is not installed"):
        verify("v5_ru")


def test_the_embedded_model_is_not_removed() -> None:
    assert verify("tiny-ru") == []
    with pytest.raises(SpeechError, match="part of the project"):
        remove("tiny-ru")
    with pytest.raises(SpeechError, match="not installed"):
        remove(SMALL)
    assert (resources.models() / "tiny-ru/am/final.mdl").is_file()


def test_the_voice_out_of_packages_is_installed_by_the_package_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def absent(name: str, prefix: Path | None = None) -> debian.Program:
        raise ProgramMissing(f"no {name}")

    monkeypatch.setattr(debian, "program", absent)
    monkeypatch.setattr(debian, "install", lambda packages: asked.append(packages))
    install("voice-festvox")
    assert asked == [("festival", "festvox-ru")]


def test_every_model_of_the_catalogue_can_be_had_from_somewhere() -> None:
    for entry in models.catalogue().values():
        assert entry.url or entry.packages or entry.name == models.EMBEDDED, entry.name
        assert entry.kind is not models.Kind.SILERO or entry.speaker, entry.name
        assert entry.needs_licence == ("NC" in entry.licence), entry.name


def test_a_model_may_lie_anywhere(tmp_path: Path, home: Path) -> None:
    assert models.folder(str(tmp_path)) == tmp_path
    assert models.folder("tiny-ru") == resources.models() / "tiny-ru"
    assert models.folder(SMALL) == home / SMALL
    assert models.dictates("a model of one's own")
    assert not models.dictates("tiny-ru")
