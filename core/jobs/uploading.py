"""The stage *uploading*: every photo of the job goes to the clip's session, each recorded when it is there.

Media are streamed from the chat to a file of the job's folder (a call that must be repeated needs a source that can be
read again), looked at, converted where the backend would not take them, and streamed on.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from core import media as files
from core.chat import Media, MediaGone, MediaKind, MediaTooLarge
from core.jobs.job import Stage, Upload
from core.jobs.run import Run
from core.nemo import errors
from core.nemo.answers import Session
from core.texts.problems import Problem, sentence

UPLOAD_SHARE = (0.02, 0.15)
"""Where this stage stands in the progress of the whole job."""


class UploadFailed(Exception):
    """The file called `name` could not be uploaded; `error` says why."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(name)
        self.name = name
        self.error = error


async def uploading(run: Run) -> Session:
    """Open the clip's session where it has none, and upload what is not there yet. → the session.

    Where everything is there already it records nothing, so that a job in a later stage stays in it.
    """
    resumed = run.job.stage is Stage.UPLOADING and run.job.session_id is not None
    await _hold_everything_in_one_session(run)
    session = await _session(run)
    index = 0
    while index < len(run.job.uploads):
        upload = run.job.uploads[index]
        if not upload.done:
            try:
                if not (resumed and await _has_arrived(run, session, upload.media)):
                    await _upload(run, session, index, upload.media)
            except UploadFailed as failed:
                await _leave_out(run, index, failed)
                continue
            await run.desk.clips.add_media(run.job.clip, upload.media)
            await run.record(uploads=run.job.uploaded(index).uploads)
            resumed = False
        index += 1
    return session


async def _has_arrived(run: Run, session: Session, media: Media) -> bool:
    """Whether the file is in the session although nobody could record it: it holds more than was recorded.

    What a turn has generated may be listed among the files; then nobody can tell, and it is uploaded.
    """
    state = await run.desk.nemo.state(session)
    if state.generated_media or not isinstance(state.video_infos, list):
        return False
    recorded = [each for each in await run.desk.clips.media(run.job.clip) if each != media]
    return len(state.video_infos) > len(recorded)


async def _leave_out(run: Run, index: int, failed: UploadFailed) -> None:
    """Go on without a file that cannot be used, and say so. Raises `failed` where it was the only one."""
    rest = run.job.uploads[:index] + run.job.uploads[index + 1 :]
    if not rest:
        raise failed
    web_url = run.desk.nemo.options.web_url
    run.notes.append(sentence(failed.error, run.job.language, web_url=web_url, name=failed.name))
    await run.record(uploads=rest)


async def _hold_everything_in_one_session(run: Run) -> None:
    """Note which session the job's uploads belong to; where the clip's has ended, plan to fill the next one."""
    job = run.job
    kept = await run.desk.clips.session(job.clip)
    if kept is not None:
        if job.session_id != kept.session_id:
            await run.record(stage=Stage.UPLOADING, session_id=kept.session_id)
        return
    if job.stage is Stage.PROMPTING:
        # The words may have been accepted in the lost session: only a person sends them again.
        raise errors.Interrupted("prompt", accepted=None)
    mine = [upload.media for upload in job.uploads]
    lost = [media for media in await run.desk.clips.media(job.clip) if media not in mine]
    if not lost and not mine:
        raise Problem(run.say("There is no photo to work with any more. Please send it again."), again=False)
    if lost or job.session_id is not None:
        # Photos can be brought back from the chat; edits cannot.
        run.notes.append(run.say("The timeline starts anew, because its session had ended."))
    # A turn that is over was over in the lost session: whoever comes here with it was sent back by a person's press.
    await run.record(
        stage=Stage.UPLOADING,
        session_id=None,
        uploads=tuple(Upload(media) for media in (*lost, *mine)),
        turn_over=False,
        reply="",
        changes=(),
        suggestions=(),
    )


async def _session(run: Run) -> Session:
    kept = await run.desk.clips.session(run.job.clip)
    if kept is not None:
        return kept
    run.progress.show(run.say("Setting up…"), 0.01)
    session = await run.desk.nemo.open_session(run.job.language, identity=run.identity)
    await run.desk.clips.keep_session(run.job.clip, session, run.desk.clock())
    await run.record(session_id=session.session_id)
    return session


async def _upload(run: Run, session: Session, index: int, media: Media) -> None:
    count = len(run.job.uploads)
    low, high = UPLOAD_SHARE

    def show(part: float) -> None:
        fraction = low + (high - low) * (index + part) / count
        text = run.say("Uploading") if count == 1 else run.say("Uploading {n} of {count}", n=index + 1, count=count)
        run.progress.show(text, fraction)

    show(0)
    try:
        if media.kind is MediaKind.LINK:
            await run.desk.nemo.upload_url(session, media.ref)
            return
        path, facts = await _fetch(run, media, index)
        await run.desk.nemo.upload(session, path, facts.upload_name, facts.mime, show)
        path.unlink()
    except (files.BadFile, MediaTooLarge, MediaGone, errors.UnsupportedFile, errors.FileTooLarge) as error:
        raise UploadFailed(media.name, error) from error


async def _fetch(run: Run, media: Media, index: int) -> tuple[Path, files.FileFacts]:
    """The media as a file that the backend takes. Raises `BadFile`, `MediaTooLarge`, `MediaGone`."""
    path = run.folder / f"in-{index}"
    size = 0
    async with run.outbox.open(media) as chunks:
        with path.open("wb") as sink:
            async for chunk in chunks:
                size += len(chunk)
                if size > files.MAX_FILE:
                    raise files.BadFile(files.Reason.TOO_LARGE)
                await asyncio.to_thread(sink.write, chunk)
    facts = await asyncio.to_thread(files.examine, path, media.name)
    if not facts.must_convert:
        return path, facts
    converted = run.folder / f"in-{index}.jpg"
    await asyncio.to_thread(files.to_jpeg, path, converted)
    path.unlink()
    return converted, await asyncio.to_thread(files.examine, converted, media.name)
