"""Every kind of job there is; `pipelines/registry.py` has a step for each."""

from core import account_jobs, course_jobs, enrolment_jobs, file_jobs, image_jobs, media_jobs, message_jobs

KINDS = (
    *media_jobs.KINDS,
    *image_jobs.KINDS,
    *file_jobs.KINDS,
    *message_jobs.KINDS,
    *enrolment_jobs.KINDS,
    *course_jobs.KINDS,
    *account_jobs.KINDS,
)
