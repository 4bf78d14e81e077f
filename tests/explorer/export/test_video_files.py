"""Videos of others are opened alone: not as playlists, and without what they refer to."""

from pathlib import Path

import av
import numpy as np
import pytest

from explorer.export.embedding import RecipeError, extract_text
from explorer.export.video_files import opened_video

TEXT = '{"format": "stylegan-explorer recipe"}'


def write_video(path: Path, form: str) -> Path:
    with av.open(str(path.absolute()), "w", format=form) as container:
        container.metadata["comment"] = TEXT
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 32
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux([*stream.encode(frame), *stream.encode()])
    return path


@pytest.mark.parametrize(("container", "form"), [("mp4", "mov"), ("matroska", "matroska")])
def test_a_video_is_opened(tmp_path: Path, container: str, form: str) -> None:
    with opened_video(write_video(tmp_path / "a", container), form) as video:
        assert video.streams.video[0].width == 32
    assert extract_text(tmp_path / "a") == TEXT


@pytest.mark.parametrize("form", ["mov", "matroska"])
@pytest.mark.parametrize(
    "content",
    [
        "ffconcat version 1.0\nfile '{secret}'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "<?xml version='1.0'?><MPD><Period><BaseURL>{secret}</BaseURL></Period></MPD>",
        "<SDP>v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 1 RTP/AVP 96\n",
    ],
)
def test_a_list_of_other_files_is_no_video(tmp_path: Path, form: str, content: str) -> None:
    secret = write_video(tmp_path / "secret.mp4", "mp4")
    path = tmp_path / "list.mp4"
    path.write_text(content.format(secret=secret))
    with pytest.raises(av.FFmpegError), opened_video(path, form):
        pass
    with pytest.raises(RecipeError, match="is not a recipe"):
        extract_text(path)


@pytest.mark.parametrize("form", ["concat", "hls", "dash", "image2", "lavfi", "sdp", "rtsp"])
def test_no_other_format_is_opened(tmp_path: Path, form: str) -> None:
    path = write_video(tmp_path / "a.mp4", "mp4")
    with pytest.raises(ValueError, match="are not opened"), opened_video(path, form):
        pass


def test_the_name_of_a_file_is_never_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a.mp4", "data:video.mp4", "subfile,,a.mp4", "-i.mp4"):
        write_video(tmp_path / "b.mp4", "mp4").rename(tmp_path / name)
        assert extract_text(Path(name)) == TEXT
