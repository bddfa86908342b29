"""The commands, word by word: what is asked of ffmpeg changes only on purpose."""

import shlex
from dataclasses import replace
from pathlib import Path

import msgspec

from core.media import Plan
from tests.transcoding.samples import sample_info
from transcoding import commands, remux, shots
from transcoding.keyframes import KeyFrames
from transcoding.loudness import Gain
from transcoding.plan import make_plan
from transcoding.shots import Video
from transcoding.tools import Tools
from transcoding.watch import Watch

TOOLS = Tools(ffmpeg=Path("/bin/ffmpeg"), ffprobe=Path("/bin/ffprobe"))
SOURCE = Path("/media/in put.mp4")
GUARD = (
    "-format_whitelist mov,matroska,webm,avi,mpegts,mpeg,flv,asf,mp3,wav,flac,ogg,aac"
    " -max_pixels 35389440 -max_streams 32 -protocol_whitelist file,pipe"
)
HEAD = "/bin/ffmpeg -nostdin -hide_banner -loglevel warning -y"
TALKATIVE = "/bin/ffmpeg -nostdin -hide_banner -loglevel info -y"
PROGRESS = " -nostats -progress pipe:1 -stats_period 0.5"


def plan(**values: object) -> Plan:
    made = make_plan(sample_info(428, 360, duration_s=60.0), KeyFrames(tuple(map(float, range(0, 60, 6))), 60.0))
    return msgspec.structs.replace(made, **values)


def test_a_chunk_is_decoded_once_for_all_its_rungs() -> None:
    made = plan()
    argv = commands.encode_chunk(replace(TOOLS, threads=2), SOURCE, made, made.chunks[1], made.rungs, "c0001-1")
    x264 = (
        " -fps_mode passthrough -g 9999 -hls_fmp4_init_filename c0001-1_init.mp4 -hls_list_size 0"
        " -hls_segment_filename {name}/c0001-1_%05d.m4s -hls_segment_options movflags=+frag_discont:write_btrt=0"
        " -hls_segment_type fmp4 -hls_time 0.1 -level:v {level} -map_chapters -1 -map_metadata -1 -maxrate {rate}"
        " -output_ts_offset 16.000000 -preset veryfast -profile:v high -sc_threshold 0 -threads 2"
        " -x264-params stitchable=1:trellis=1:aq-strength=0.5:rc-lookahead=40"
        " {name}/c0001-1.m3u8"
    )
    assert [(chunk.start_s, chunk.duration_s, chunk.seek_s) for chunk in made.chunks[:2]] == [(0, 6, 0), (6, 6, 6)]
    assert shlex.join(argv) == (
        f"{HEAD}{PROGRESS} {GUARD} -reinit_filter 0 -ss 5.998000 -t 6.500000 -threads 2"
        " -i 'file:/media/in put.mp4' -filter_complex"
        " '[0:V:0]setpts=PTS+(-0.002000)/TB[s0];[s0]fps=fps=25/1:start_time=0[s1];[s1]tpad=stop=150:stop_mode=clone[s2];"
        "[s2]trim=end_frame=150:start_frame=0[s3];[s3]setpts=PTS-STARTPTS[s4];[s4]split=2[s5][s6];"
        "[s5]scale=h=360:out_range=tv:w=428[s7];[s7]setsar=1[s8];[s8]format=yuv420p[s9];"
        "[s6]scale=h=240:out_range=tv:w=286[s10];[s10]setsar=1[s11];[s11]format=yuv420p[s12]'"
        " -map '[s9]' -f hls -bufsize 1070000 -c:v libx264 -crf 25 -force_key_frames 0.000000,2.980000"
        + x264.format(name="360p", level="2.1", rate=535_000)
        + " -map '[s12]' -f hls -bufsize 536250 -c:v libx264 -crf 26 -force_key_frames 0.000000,2.980000"
        + x264.format(name="240p", level="1.3", rate=268_125)
    )


def test_a_cut_inside_a_group_of_pictures_decodes_from_its_key_frame_and_drops_what_is_before() -> None:
    made = plan(source_start_s=0.5, deinterlace=True)
    chunk = msgspec.structs.replace(made.chunks[1], seek_s=2.0)
    argv = commands.encode_chunk(TOOLS, SOURCE, made, chunk, made.rungs[:1], "c")
    assert argv[argv.index("-ss") + 1] == "2.498000"
    assert argv[argv.index("-t") + 1] == "10.500000"
    graph = argv[argv.index("-filter_complex") + 1]
    assert graph.startswith("[0:V:0]bwdif=mode=send_frame[s0];[s0]setpts=PTS+(-0.002000)/TB[s1]")
    assert "tpad=stop=250:stop_mode=clone" in graph
    assert "trim=end_frame=250:start_frame=100" in graph
    assert "split" not in graph


def test_hdr_is_mapped_once_before_the_split() -> None:
    made = plan(tone_map="pq")
    argv = commands.encode_chunk(TOOLS, SOURCE, made, made.chunks[0], made.rungs, "c")
    graph = argv[argv.index("-filter_complex") + 1]
    mapping = "lut3d=file=tone-map.cube"
    assert graph.count(mapping) == 1
    assert graph.index(mapping) < graph.index("split")


def test_audio_is_one_run_without_priming() -> None:
    made = plan(source_start_s=0.25)
    assert shlex.join(commands.encode_audio(TOOLS, SOURCE, made, made.sounds[0], "audio", "a-1")) == (
        f"{TALKATIVE}{PROGRESS} {GUARD} -ss 0.250000 -t 61.000000 -i 'file:/media/in put.mp4' -filter_complex"
        " '[0:1]aresample=async=1:first_pts=0:ochl=stereo:osr=48000:rematrix_maxval=1[s0];[s0]apad=whole_len=2880000[s1];"
        "[s1]atrim=end_sample=2880000[s2];[s2]ebur128=framelog=quiet:peak=true[s3]' -map '[s3]' -f hls"
        " -aac_coder fast -b:a 128000 -bsf:a 'noise=drop='\"'\"'lt(pts,0)'\"'\"''"
        " -c:a aac -hls_flags temp_file -hls_fmp4_init_filename a-1_init.mp4 -hls_list_size 1"
        " -hls_segment_filename audio/a-1_%05d.m4s -hls_segment_options movflags=+frag_discont:write_btrt=0"
        " -hls_segment_type fmp4 -hls_time 4.0 -map_chapters -1 -map_metadata -1 -muxdelay 0 -output_ts_offset 10.000000"
        " audio/a-1.m3u8"
    )


def test_a_gain_comes_behind_the_downmix_and_a_limiter_behind_the_gain() -> None:
    made = plan()
    argv = commands.encode_audio(TOOLS, SOURCE, made, made.sounds[0], "audio-r128", "a-1", Gain(4.5, limited=True))
    assert argv[argv.index("-filter_complex") + 1].split(";")[1:5] == [
        "[s0]volume=precision=float:volume=4.50dB[s1]",
        "[s1]aresample=osr=192000[s2]",
        "[s2]alimiter=latency=1:level=0:limit=0.8414[s3]",
        "[s3]aresample=osr=48000[s4]",
    ]
    argv = commands.encode_audio(TOOLS, SOURCE, made, made.sounds[0], "audio-r128", "a-1", Gain(-4.5, limited=False))
    graph = argv[argv.index("-filter_complex") + 1]
    assert "volume=-4.50dB" in graph
    assert "alimiter" not in graph


def test_measuring_writes_nothing() -> None:
    made = plan()
    argv = commands.measure_audio(TOOLS, SOURCE, made, made.sounds[0])
    assert argv[-5:] == ["-map", "[s3]", "-f", "null", "-"]


def test_all_tiles_come_from_one_pass_over_the_key_frames() -> None:
    made = plan()
    argv = shots.sweep_command(Video(TOOLS, SOURCE, sample_info(320, 240), made, Path("/scratch"), Watch()), 3000, 20)
    line = shlex.join(argv)
    assert line.count(" -i ") == 1
    assert "-discard nokey" in line
    assert "-skip_frame nokey" in line
    assert argv[argv.index("-filter_complex") + 1] == (
        "[0:V:0]setpts=PTS-0.010000/TB[s0];[s0]scale=h=134:w=160[s1];[s1]format=rgb24[s2];"
        "[s2]fps=fps=1000/3000:round=up:start_time=0[s3];[s3]tpad=stop=20:stop_mode=clone[s4]"
    )
    assert argv[argv.index("-map") :] == [
        *("-map", "[s4]", "-f", "rawvideo", "-c:v", "rawvideo", "-fps_mode", "passthrough", "-frames:v", "20"),
        *("-threads", "1", "shot-00.rgb"),
    ]


def test_a_remux_copies_the_two_streams_that_are_used() -> None:
    assert shlex.join(remux.command(TOOLS, SOURCE, sample_info(320, 240, codec="mpeg4"))) == (
        f"{HEAD}{PROGRESS} -fflags +genpts {GUARD} -i 'file:/media/in put.mp4' -map 0:V:0 -map 0:1 -f matroska"
        " -bsf:v mpeg4_unpack_bframes -c copy -map_chapters -1 -map_metadata -1 -t 43200.0 remuxed.mkv"
    )
