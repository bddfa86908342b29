"""Binds every kind of job to its step; a test shows that no kind is left out."""

from typing import Any

from core import media_jobs
from pipelines.media import (
    announce,
    begin_early,
    caption,
    check_playback,
    copy_head,
    copy_rest,
    encode_audio,
    encode_chunk,
    extract_text,
    give_up,
    inspect_source,
    make_download,
    make_stills,
    make_text,
    normalise_audio,
    publish,
    remove_objects,
    write_playlists,
)
from pipelines.step import Step

STEPS: tuple[Step[Any, Any], ...] = (
    Step.of(media_jobs.BEGIN_EARLY, begin_early),
    Step.of(media_jobs.INSPECT_SOURCE, inspect_source),
    Step.of(media_jobs.COPY_HEAD, copy_head),
    Step.of(media_jobs.COPY_REST, copy_rest),
    Step.of(media_jobs.ENCODE_CHUNK, encode_chunk),
    Step.of(media_jobs.ENCODE_AUDIO, encode_audio),
    Step.of(media_jobs.NORMALISE_AUDIO, normalise_audio),
    Step.of(media_jobs.MAKE_STILLS, make_stills),
    Step.of(media_jobs.WRITE_PLAYLISTS, write_playlists),
    Step.of(media_jobs.CHECK_PLAYBACK, check_playback),
    Step.of(media_jobs.PUBLISH, publish),
    Step.of(media_jobs.ANNOUNCE, announce),
    Step.of(media_jobs.GIVE_UP, give_up),
    Step.of(media_jobs.REMOVE_OBJECTS, remove_objects),
    Step.of(media_jobs.MAKE_TEXT, make_text),
    Step.of(media_jobs.EXTRACT_TEXT, extract_text),
    Step.of(media_jobs.CAPTION, caption),
    Step.of(media_jobs.MAKE_DOWNLOAD, make_download),
)
