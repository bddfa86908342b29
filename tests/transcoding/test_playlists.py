"""Playlists as text, and the prefix that all tracks have."""

from msgspec.structs import replace

from core.media import Chunk, Part
from tests.transcoding.samples import sample_info, sample_part
from transcoding.iframes import can_scrub, iframe_playlist
from transcoding.keyframes import KeyFrames
from transcoding.plan import make_plan
from transcoding.playlists import MasterTrack, common_prefix, complete, contiguous, length_s, master_playlist, media_playlist

CHUNKS = (
    Chunk(index=0, start_s=0.0, duration_s=4.0, frames=100),
    Chunk(index=1, start_s=4.0, duration_s=8.0, cuts=(4.0,), frames=200, seek_s=4.0),
    Chunk(index=2, start_s=12.0, duration_s=8.0, cuts=(4.0,), frames=200, seek_s=12.0),
)
PLAN = replace(
    make_plan(sample_info(854, 480, duration_s=20.0), KeyFrames(tuple(map(float, range(0, 20, 4))), 20)), chunks=CHUNKS
)


def whole(track: str) -> list[Part]:
    return [sample_part(track, 0, [4.0]), sample_part(track, 1, [4.0, 4.0]), sample_part(track, 2, [4.0, 4.0])]


def test_a_growing_playlist_starts_at_its_start_and_only_the_end_is_added() -> None:
    growing = media_playlist(PLAN, whole("480p")[:2], ended=False)
    assert growing == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:EVENT\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-START:TIME-OFFSET=0.001\n"
        '#EXT-X-MAP:URI="init-480p.mp4"\n'
        "#EXTINF:4.000000,\nc0_0.m4s\n#EXTINF:4.000000,\nc1_0.m4s\n#EXTINF:4.000000,\nc1_1.m4s\n"
    )
    ended = media_playlist(PLAN, whole("480p"), ended=True)
    assert ended.startswith(growing)
    assert ended.endswith("\nc2_1.m4s\n#EXT-X-ENDLIST\n")


def named(tracks: dict[str, list[Part]]) -> list[MasterTrack]:
    return [
        MasterTrack(name, "audio" if name == "audio" else "video", tuple(parts), label="Original" if name == "audio" else None)
        for name, parts in tracks.items()
    ]


def test_the_master_lists_rungs_from_below_with_one_audio_group() -> None:
    parts = {track: whole(track) for track in ("480p", "240p", "audio")}
    assert master_playlist(PLAN, named(parts)) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-START:TIME-OFFSET=0.001\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Original",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio/index.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=400000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=428x240,'
        'FRAME-RATE=25.000,AUDIO="audio"\n240p/index.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=400000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=854x480,'
        'FRAME-RATE=25.000,AUDIO="audio"\n480p/index.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=200000,AVERAGE-BANDWIDTH=200000,CODECS="mp4a.40.2",AUDIO="audio"\naudio/index.m3u8\n'
    )


def test_bandwidth_is_the_cap_while_more_is_to_come() -> None:
    growing = master_playlist(PLAN, named({"480p": whole("480p")[:1]}))
    rate = next(rung.max_rate for rung in PLAN.rungs if rung.name == "480p")
    assert f"BANDWIDTH={int(rate * 1.02)},AVERAGE-BANDWIDTH=200000," in growing
    assert "AUDIO=" not in growing


def test_sound_alone_is_the_variant() -> None:
    master = master_playlist(PLAN, named({"audio": whole("audio")}))
    assert '#EXT-X-STREAM-INF:BANDWIDTH=200000,AVERAGE-BANDWIDTH=200000,CODECS="mp4a.40.2"\naudio/index.m3u8\n' in master
    assert "EXT-X-MEDIA:" not in master


def test_parts_count_up_to_the_first_that_is_missing() -> None:
    parts = whole("480p")
    assert contiguous([parts[2], parts[0]]) == (parts[0],)
    assert contiguous([parts[2], parts[1], parts[0]]) == tuple(parts)
    assert contiguous([parts[1]]) == ()


def test_the_prefix_ends_where_the_shortest_track_ends() -> None:
    audio = [sample_part("audio", 0, [4.01, 3.99, 4.01])]
    prefix = common_prefix({"480p": whole("480p"), "240p": whole("240p")[:2], "audio": audio})
    assert {track: round(length_s(parts), 2) for track, parts in prefix.items()} == {"480p": 12, "240p": 12, "audio": 12.01}
    prefix = common_prefix({"480p": whole("480p")[:1], "audio": audio})
    assert prefix["480p"] == tuple(whole("480p")[:1])
    (cut,) = prefix["audio"]
    assert [segment.duration_s for segment in cut.segments] == [4.01]
    assert common_prefix({"480p": whole("480p"), "audio": []}) == {"480p": (), "audio": ()}
    assert common_prefix({}) == {}


def test_the_last_sliver_of_sound_is_not_lost() -> None:
    audio = [sample_part("audio", 0, [4.0, 4.0, 4.0, 4.0, 4.0, 0.02])]
    prefix = common_prefix({"480p": whole("480p"), "audio": audio})
    assert prefix["audio"] == tuple(audio)


def test_a_version_is_complete_when_every_track_reaches_its_end() -> None:
    assert complete({"480p": whole("480p"), "audio": whole("audio")}, PLAN)
    assert not complete({"480p": whole("480p"), "audio": whole("audio")[:2]}, PLAN)
    assert not complete({"480p": [whole("480p")[0], whole("480p")[2]]}, PLAN)
    assert not complete({}, PLAN)


def test_a_rung_ends_with_its_last_chunk_however_short_that_is() -> None:
    last = replace(PLAN.chunks[-1], index=len(PLAN.chunks), start_s=20.0, duration_s=0.08, cuts=(), frames=2)
    plan = replace(PLAN, duration_s=20.08, chunks=(*PLAN.chunks, last))
    assert not complete({"480p": whole("480p")}, plan)
    assert complete({"480p": [*whole("480p"), sample_part("480p", 3, [0.08])]}, plan)


def test_an_encrypted_segment_names_its_key_behind_the_clear_map() -> None:
    (part,) = whole("480p")[:1]
    locked = replace(part, segments=tuple(replace(segment, iv="0" * 31 + "1") for segment in part.segments))
    text = media_playlist(PLAN, [locked], ended=False, key_uri="../content.key")
    assert text.endswith(
        '#EXT-X-MAP:URI="init-480p.mp4"\n'
        f'#EXT-X-KEY:METHOD=AES-128,URI="../content.key",IV=0x{"0" * 31}1\n#EXTINF:4.000000,\nc0_0.m4s\n'
    )


def with_key_frames(part: Part) -> Part:
    return replace(part, segments=tuple(replace(segment, key_frame=(52, 8000)) for segment in part.segments))


def test_key_frames_are_listed_as_ranges_of_their_segments() -> None:
    parts = [with_key_frames(part) for part in whole("480p")[:2]]
    rung = PLAN.rungs[0]
    assert can_scrub(rung, parts)
    assert iframe_playlist(PLAN, parts) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        '#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI="init-480p.mp4"\n'
        "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:8000@52\nc0_0.m4s\n"
        "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:8000@52\nc1_0.m4s\n"
        "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:8000@52\nc1_1.m4s\n#EXT-X-ENDLIST\n"
    )
    master = master_playlist(PLAN, named({"480p": parts}), iframe_name="iframes.m3u8")
    assert master.endswith(
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=16000,AVERAGE-BANDWIDTH=16000,CODECS="avc1.64001f",'
        'RESOLUTION=854x480,URI="480p/iframes.m3u8"\n'
    )


def test_a_rung_is_scrubbed_only_where_every_key_frame_is_known() -> None:
    known = with_key_frames(whole("480p")[0])
    assert not can_scrub(PLAN.rungs[0], [])
    assert not can_scrub(PLAN.rungs[0], [known, *whole("480p")[1:]])
    assert not can_scrub(replace(PLAN.rungs[0], codec="av1"), [known])
    assert "I-FRAME" not in master_playlist(PLAN, named({"480p": whole("480p")}), iframe_name="iframes.m3u8")
