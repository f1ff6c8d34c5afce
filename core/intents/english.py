"""English words and phrases by the role they play in a command. Data, no rules.

Entries are separated by commas and written as `core.intents.words` leaves a text: lower case, contractions spelled
out. One entry may play several roles; `core.intents.rules` says which roles make a command.
"""

from __future__ import annotations

from core.intents.roles import Role

WORDS: dict[Role, str] = {
    Role.COURTESY: """
        please, pls, plz, plss, thanks, thank you, thank you so much, thank you very much, thx, ty, tysm, cheers, ok,
        okay, okey, k, alright, right, all right, sure, yes, yeah, yep, yup, no, great, good, nice, cool, perfect,
        awesome, amazing, excellent, lovely, love it, i love it, wow, looks good, looks great, that looks good,
        it looks good, looks perfect, that is perfect, it is perfect, that is great, that is good, that is it,
        this is great, this is perfect, very good, so good, well done, good job, great job, now, right now, just, so,
        well, oh, ah, um, uh, hmm, er, lol, haha, bro, dude, man, mate, buddy, bot, sir, asap, quickly, quick,
        immediately, right away, at once, already, yet, though, tho, anyway, actually, maybe, kindly, sorry, excuse me,
        btw, by the way, i think, i guess, got it, i see, finally, today, really, for now, as is, real quick, in case,
        if possible, if you can, when you can, when ready, when you are ready, whenever, soon, dear, i like it,
        i like this, i like the video, i love the video, love the video, i love this, like it, no problem, not bad,
        beautiful, gorgeous, fantastic, brilliant, wonderful, superb, very nice, so nice, so cool, nice one, nice work,
        great work, good work, welcome, bye, goodbye, good night, see you, gotcha, understood, ok great, sounds good,
        i get it, so beautiful, very beautiful, interesting, funny, hahaha, omg, woohoo, yay
    """,
    Role.TALK: """
        i, you, we, he, me, us, the, to, for, of, is, are, am, be, was, can, could, would, will, may, might, should,
        shall, must, do, does, did, has, had, if, let me, let us, want, want to, wants, need, need to, like, like to,
        would like, would like to, wish, love to, have to, going to, go ahead, try to, able to, possible, be able to,
        again, still, also, too, there, with, at, on, as, by, from, ready to, time to, it is time to, help me,
        can you help me, could you help me, i think we can, we can, you can, which, what, whether, what about,
        how about, exactly, currently, at the moment, so far, this time, in total, total, any, anything, something,
        some, tell, tell me, know, say, let me know, give me, me know, and, or, please help me, what is, been,
        happening to
    """,
    Role.MY: """
        my, mine, our, my account, account, the account, in my account, on my account
    """,
    Role.HOW: """
        how do i, how can i, how to, how do you, how could i, how would i, how should i, how do we, how, where do i,
        where can i, where to, where should i, is there a way to, is there any way to, what is the way to, how does,
        how am i supposed to
    """,
    Role.IT: """
        it, this, that, them, these, those, this one, that one, the one, one, everything, all, all of it, all of them,
        this thing, the thing, the whole thing
    """,
    Role.CLIP: """
        video, videos, clip, clips, file, files, movie, film, mp4, mp4 file, mp4s, video file, result, results, output,
        final video, final clip, final version, final file, final cut, final result, final, finished video,
        finished clip, finished file, finished product, finished version, finished one, end result, this version,
        project, a copy, my order, download link, a download link, a link, link, the link, completed video, last video,
        latest video, latest version, edited video, rendered video, generated video, video clip, full video,
        whole video, complete video, the animation, my animation, finished animation
    """,
    Role.FORM: """
        mp4, mp4 format, mov, webm, mp4 video, in mp4, as mp4, as an mp4, as a mp4, as a file, as file, as a video,
        as video, format, hd, full hd, fhd, uhd, in hd, 4k, in 4k, 2k, 8k, 1080p, 1080, 720p, 720, 480p, 2160p,
        in 1080p, quality, high quality, highest quality, best quality, full quality, good quality, max quality,
        maximum quality, original quality, high res, high resolution, hi res, hires, full resolution, full res,
        best resolution, resolution, highest resolution, hq, in, without watermark, no watermark, highest
    """,
    Role.TO_ME: """
        to me, for me, over, here, to us, to this chat, in this chat, in the chat, to the chat, in here, to the group,
        to my phone, on my phone, to my device, to my computer, to my gallery, to my camera roll, to phone, to gallery,
        to disk, to my pc, to my laptop, back, back to me, locally
    """,
    Role.EXPORT: """
        export, export button, exports, exporting, exported, re-export, reexport, download, downloads, downloading,
        downloaded, dl, d/l, save, saving, saved, render, render out, rendering, rendered, ready to export,
        ready to download, ready for download, ready for export, export version, download version, downloadable,
        downloadable version, output, final export, final render, the render, publish, send to me, send over, send here,
        send back to me, can i get it, could i get it, may i have it, can i have it, could i have it, can i have this,
        can i get this, how do i get it, how do i get this, let me have it, i want to get it
    """,
    Role.HAND: """
        send, sends, sending, sent, give, giving, share, deliver, return, hand, hand over, dm, forward, post, provide,
        resend, send me, give me, get me, email me
    """,
    Role.HAVE: """
        have, has, want, need, would like, receive, get, getting, grab, fetch, would like to have, would like to get
    """,
    Role.SEE: """
        see, watch, view, look at, play, preview, show, show me, let me see, check out, have a look at, take a look at
    """,
    Role.WHERE: """
        where is, where are, where did, go, gone, went, where, what happened to, what happened with, what about,
        what became of, have not received, not received, did not get, did not receive, have not got, have not gotten,
        i did not get, i never got, never got, still waiting for, waiting for, i am waiting for, still have not got,
        where has, still have not received
    """,
    Role.CREDITS: """
        credit, credits, balance, credit balance, points, my credit, quota, allowance, account balance, account credits,
        remaining credits, remaining balance, available credits, credits balance, credits status, credit status,
        remaining quota, daily quota, billing
    """,
    Role.TOP_UP: """
        buy, purchase, top up, top-up, topup, recharge, refill, earn, get more, buy more, get some more, need more,
        want more, run out of, running out of, out of
    """,
    Role.COST: """
        how much does it cost, how much does this cost, how much is it, how much is this, what does it cost,
        what does this cost, how much do you charge, is it free, is this free, are you free, is it for free, pricing,
        price, prices, what is the price, how much does a video cost, how much does one video cost, how much is a video,
        how much is one video, how much for a video, how much for one video, do i have to pay, do i need to pay,
        what is the cost, how much per video, how much does each video cost, how much does a clip cost,
        how much is one clip
    """,
    Role.COUNT: """
        how many, how much, how may, remaining, remain, remains, left, available, left over, do i have left, have left,
        have, got, have got, amount, number, enough, used, used up, spent, spend, use, cost, costs, took, take, a video,
        a clip, per video, one video, for a video, more, any more, charged, charge, number of, i have, do i have,
        do i still have, in there, remaining in, low on, used so far, per clip, each video, run out of
    """,
    Role.CHECK: """
        check, check on, check up on, know, tell me, tell me about, show me, what is, what are, what about, query,
        look up, let me know, find out, update me on, report, inquire, ask about, ask, any, fetch, refresh
    """,
    Role.SHOW: """
        show, list, display, print, open
    """,
    Role.STATE: """
        status, state, status update, status report, any update, any updates, any news, progress, progress report,
        progress update, tracks, all tracks, timeline, track list, tracklist, summary, draft, overview, queue,
        my place in the queue, place in the queue, place in line, position in queue, current state, current status,
        timeline summary, current timeline, current draft, current progress, list of tracks, project status,
        render status, export status, job status, video status, any news yet, an update, update me, update please,
        progress percentage
    """,
    Role.READY: """
        ready, done, finished, complete, completed, over, rendered, processed, finish
    """,
    Role.ASKED: """
        ready yet, done yet, finished yet, complete yet, is it working, still working, still running, still processing,
        still going, still rendering, still making, still exporting, still generating, is it stuck, stuck, still there,
        you there, are you there, still alive, are you done, is it done, is it ready, is it finished, are you finished,
        is it over, is it complete, have you finished, did you finish, are you still working, are you working,
        are you alive
    """,
    Role.ASKING: """
        is, are, has, was, did, does, do, have, will, when
    """,
    Role.INSIDE: """
        what is in, what is inside, what is on, what do we have, what do i have, what have you got, what have we got,
        what have i got, what is there, what is currently in, what does it contain, what does the video contain,
        what does it have, what have you done, what have you made, what did you do, what did you change,
        what has changed, what changed, what has been done, what do you have, what is it made of, what it contains,
        what is there in, what does it look like, what does the video look like, how does it look,
        how does the video look, how long is, how long is it, what is the length of, what is the duration of,
        how many tracks, how many clips, how many photos, how many segments, what is the current, what are the tracks,
        which tracks are there, which tracks are in, what is the aspect ratio of, what you have, what we have,
        what i have, what is in it, have so far, what has it got, what was changed, what tracks, contents of the video
    """,
    Role.WAIT: """
        how long, how long does it take, how long will it take, how long will this take, how long is it going to take,
        how much longer, how much longer does it take, how much longer will it take, how long until, how long till,
        how long do i have to wait, how long do i need to wait, how many minutes, how many minutes left, how much time,
        how much time is left, eta, when, when will, when is, time left, time remaining, when can i,
        what is taking so long, why is it taking so long, why does it take so long, why so slow, taking so long,
        what is the hold up, what is the holdup, how much more time, how many seconds left,
        how long does it usually take, what is the eta
    """,
    Role.GOING: """
        how is it going, how is it coming along, how is it coming, how is it, how is my video, how is the video,
        how is the video going, how is my video going, how is my video doing, how is the video coming along,
        how is my video coming along, how far along, how far, how far are you, how far is it, how far along are you,
        how far along is it, how far have you got, what is going on, what is happening, what is up with, where are you,
        where are we, where are we at, are we there yet, what is the situation, what are you doing,
        what are you working on, what stage, which stage, how are we doing, how is everything going, am i next,
        anything yet, anything new, how many are ahead of me, how many people are ahead of me, what number am i,
        what is up, is anything happening, did it work, did it fail, did something go wrong, did you get my photo,
        did you get it, did you get my message, did you receive my photo, did it go through
    """,
    Role.CANCEL: """
        cancel, canceled, cancelled, cancelling, canceling, cancellation, stop, stopped, abort, halt, quit, kill,
        terminate, discontinue, call off, stop doing, stop making, stop working on
    """,
    Role.CALL_OFF: """
        never mind, nevermind, nvm, nm, forget it, forget about it, forget that, forget this, do not bother,
        do not do it, do not do that, do not do anything, do not continue, i changed my mind, changed my mind,
        change my mind, no need, not needed, i do not want it, do not want it, i do not want it anymore,
        i do not want this anymore, do not want it anymore, stop it, stop that, stop now, stop this, cancel it,
        cancel that, cancel this, cut it out, that is enough, drop it, abandon it, give up, do not need it,
        do not need it anymore, i do not need it, i do not need it anymore, on second thought, exit, i want to stop,
        no longer needed, not anymore, i am not interested, do not make it, do not render, do not export,
        do not render it, do not export it
    """,
    Role.WORK: """
        job, jobs, task, tasks, work, render, rendering, the render, export, exporting, download, upload, uploading,
        generation, generating, process, processing, operation, request, order, production, making, video generation,
        current, running, my request, my order, all jobs, everything, whatever you are doing, what you are doing, queue,
        creating, last job, last request, current job, current task, working, doing, conversion, converting,
        please stop
    """,
    Role.NEW: """
        new, another, a new, another new, a fresh, fresh, brand new, a brand new, a new one, new one, another one,
        one more, a second, an entirely new, a completely new
    """,
    Role.ANEW: """
        start over, start all over, start over again, start all over again, start again, starting over, start afresh,
        start fresh, start anew, start new, start from scratch, from scratch, begin again, begin anew,
        from the beginning, start from the beginning, from zero, from the start, restart, re-start, restart everything,
        fresh start, a fresh start, clean slate, a clean slate, new project, new session, new conversation, new chat,
        new video, new clip, new one, start another, reset everything, reset the session, reset session, reset the chat,
        reset chat, reset the conversation, reset the project, reset project, clear the chat, clear chat,
        clear everything, clear session, clear the session, clear the project, clear all, wipe everything,
        discard everything, throw everything away, delete everything, scratch that, new start, redo everything,
        start from zero, start with a clean slate, reset all, another video, another clip, next video, erase everything,
        remove everything, do over, new, a new one, a different video, different video, next clip, another project
    """,
    Role.MAKE: """
        make, making, create, start, begin, do, open, build, work on, switch to, go to, move on to, on to, let us do,
        let us make, with, onto
    """,
    Role.UPLOAD: """
        upload, uploads, uploading, up load, upload button, reupload, re-upload, attach
    """,
    Role.SEND: """
        send, sending, share, send you, give you, show you, send over, send in, post
    """,
    Role.PICTURE: """
        photo, a photo, photos, picture, a picture, pictures, image, an image, images, media, file, a file, files,
        video, a video, videos, clip, a clip, clips, song, a song, music, audio, my own, own, selfie, a selfie,
        screenshot, another photo, another picture, another image, another file, another one, new photo, new picture,
        new image, more photos, more pictures, more images, more files, some photos, some pictures, some images,
        a few photos, a few pictures, a different photo, a different picture, a new photo, a new picture,
        one more photo, one more picture, footage, material, something, one, gallery
    """,
    Role.MORE: """
        a, an, another, more, some, few, a few, different, other, own, new, several, multiple, second
    """,
    Role.HELP: """
        help, halp, help me, help please, i need help, need help, need some help, some help, can you help,
        can you help me, could you help me, can someone help, assist, assistance, support, what can you do,
        what can you do for me, what can i do, what can i do here, what can this bot do, what can this do,
        what can it do, what does this bot do, what do you do, what does this do, what does it do, what are you,
        who are you, what is this, what is this bot, what are you for, what is this for, how does this work,
        how does it work, how do you work, how does this bot work, how do i use this, how do i use it, how do i use you,
        how do i use this bot, how to use, how to use this, how to use it, how to use you, how to use this bot,
        how can i use this, how do i start, how do i get started, how to start, how do i begin, getting started,
        get started, where do i start, how do i make a video, how to make a video, how can i make a video,
        how do i create a video, how do i animate a photo, how can i animate a photo, commands, command list,
        list of commands, list commands, show commands, what commands, what commands are there, what are the commands,
        what are my options, what are the options, what options do i have, options, menu, main menu, instructions,
        manual, guide, user guide, tutorial, usage, faq, features, what features, what are your features,
        what are you capable of, what are you able to do, capabilities, your capabilities, what should i do,
        what should i do now, what do i do, what do i do now, what now, what next, what should i send, what do i send,
        what can i send, what should i say, what can i say, what can i ask, what can i ask you, explain,
        explain how this works, i am lost, i am confused, confused, i do not understand, i do not get it,
        i do not know how, i do not know what to do, not sure what to do, examples, example, some examples,
        show me examples, show examples, give me examples, give me an example, tips, any tips, how,
        what formats do you support, which formats do you support, supported formats, what formats, what languages,
        what file types, which file types, teach me, show me how, tell me how, sos, documentation, docs, about, info,
        what else can you do, what else can i do, what are you good for, anything else you can do
    """,
    Role.ADD: """
        add, include, insert, put, put in, bring in
    """,
    Role.ADD_PHOTO: """
        add a photo, add a picture, add an image, add photos, add pictures, add images, add another photo,
        add another picture, add another image, add more photos, add more pictures, add one more photo, add a new photo,
        add my photo, add some photos
    """,
    Role.FINISH: """
        done, i am done, all done, finish, finished, finish it, finalize, finalise, finalize it, wrap up, wrap it up,
        complete, complete it, go, do it, proceed, continue, i am finished
    """,
    Role.PAUSE: """
        wait, wait a minute, wait a second, wait a moment, wait a sec, hold on, hang on, one moment, one sec,
        one second, pause, sleep, later, not now, do not, enough, wrong photo, wrong picture, wrong one, my mistake,
        leave it
    """,
    Role.WIPE: """
        reset, reset it, clear, clear it, delete, delete it, delete this, delete that, remove, remove it, remove this,
        remove that, discard, discard it, trash, trash it, wipe, erase, redo, redo it, do it again, once more, again,
        one more time, another, one more, more, next, a different one, try another, do another,
        make a different one, different one
    """,
    Role.DISLIKE: """
        do not like, do not like it, do not like this, do not like that, did not like, do not love, hate, dislike
    """,
    Role.HELLO: """
        hi, hello, hey, heya, hiya, yo, good morning, good evening, good afternoon, hi there, hello there, hey there
    """,
}
