"""Binds every kind of job to its step; a test shows that no kind is left out."""

from typing import Any

from core import account_jobs, course_jobs, enrolment_jobs, file_jobs, image_jobs, media_jobs, message_jobs
from pipelines.courses import recount
from pipelines.enrolments import announce as announce_enrolment
from pipelines.files import check as check_file
from pipelines.files import give_up as give_up_file
from pipelines.files import remove as remove_file
from pipelines.images import normalise, take_frame
from pipelines.media import (
    add_av1,
    announce,
    begin_early,
    caption,
    check_playback,
    copy_head,
    copy_rest,
    encode_audio,
    encode_av1,
    encode_chunk,
    extract_text,
    give_up,
    inspect_source,
    join_av1,
    make_download,
    make_stills,
    make_text,
    normalise_audio,
    probe_quality,
    publish,
    remove_objects,
    retire_version,
    run_campaign,
    write_playlists,
)
from pipelines.messages import forget_mail, send_mail
from pipelines.step import Step
from pipelines.users import send_reset

STEPS: tuple[Step[Any, Any], ...] = (
    Step.of(image_jobs.NORMALISE, normalise),
    Step.of(image_jobs.TAKE_FRAME, take_frame),
    Step.of(file_jobs.CHECK, check_file),
    Step.of(file_jobs.GIVE_UP, give_up_file),
    Step.of(file_jobs.REMOVE, remove_file),
    Step.of(media_jobs.BEGIN_EARLY, begin_early),
    Step.of(media_jobs.INSPECT_SOURCE, inspect_source),
    Step.of(media_jobs.COPY_HEAD, copy_head),
    Step.of(media_jobs.COPY_REST, copy_rest),
    Step.of(media_jobs.ENCODE_CHUNK, encode_chunk),
    Step.of(media_jobs.ENCODE_AUDIO, encode_audio),
    Step.of(media_jobs.NORMALISE_AUDIO, normalise_audio),
    Step.of(media_jobs.PROBE_QUALITY, probe_quality),
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
    Step.of(media_jobs.ADD_AV1, add_av1),
    Step.of(media_jobs.ENCODE_AV1, encode_av1),
    Step.of(media_jobs.JOIN_AV1, join_av1),
    Step.of(media_jobs.RETIRE_VERSION, retire_version),
    Step.of(media_jobs.RUN_CAMPAIGN, run_campaign),
    Step.of(message_jobs.SEND_MAIL, send_mail),
    Step.of(message_jobs.FORGET_MAIL, forget_mail),
    Step.of(enrolment_jobs.ANNOUNCE, announce_enrolment),
    Step.of(course_jobs.RECOUNT, recount),
    Step.of(account_jobs.SEND_RESET, send_reset),
)
