-- The log of one chat, each call atomic. What the keys hold stands in transcripts.py.
-- ARGV: the call's name, the caller's clock in milliseconds, seconds to keep, then the call's own arguments.

local seq, fixed, words, order, changes, jobs = unpack(KEYS)
local clock, keep = ARGV[2], ARGV[3]
local LONE_COUNTER = 86400

-- Cursors begin at the clock and grow by one with each change: a follower that misses one sees the gap, and no
-- cursor of a log that was forgotten or has expired is met again.
local function advance(by)
    redis.call('SET', seq, clock, 'NX')
    return string.format('%.0f', redis.call('INCRBY', seq, by))
end

local function changed(channel, chat, bound, kind, id)
    local cursor = advance(1)
    redis.call('XADD', changes, 'MAXLEN', bound, cursor .. '-0',
        'kind', kind, 'id', id,
        'fixed', redis.call('HGET', fixed, id) or '', 'words', redis.call('HGET', words, id) or '')
    for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, keep) end
    redis.call('PUBLISH', channel, chat)
    return cursor
end

local function drop(id)
    redis.call('ZREM', order, id)
    redis.call('HDEL', fixed, id)
    redis.call('HDEL', words, id)
end

local call = {}

-- Returns the id under which it stands: an earlier one where this job has its entry already.
function call.append(channel, chat, bound, most, id, entry, said, job)
    if job ~= '' then
        local earlier = redis.call('HGET', jobs, job)
        if earlier then return earlier end
        redis.call('HSET', jobs, job, id)
    end
    if redis.call('HSETNX', fixed, id, entry) == 1 then
        redis.call('HSET', words, id, said)
        redis.call('ZADD', order, changed(channel, chat, bound, 'append', id), id)
        redis.call('EXPIRE', order, keep)
        while redis.call('ZCARD', order) > tonumber(most) do
            drop(redis.call('ZRANGE', order, 0, 0)[1])
        end
    end
    return id
end

function call.replace(channel, chat, bound, id, said)
    if redis.call('HEXISTS', fixed, id) == 0 then return 0 end
    if redis.call('HGET', words, id) == said then return 1 end
    redis.call('HSET', words, id, said)
    changed(channel, chat, bound, 'replace', id)
    return 1
end

function call.remove(channel, chat, bound, id)
    local entry, said = redis.call('HGET', fixed, id), redis.call('HGET', words, id)
    if not entry then return {} end
    drop(id)
    changed(channel, chat, bound, 'remove', id)
    return {entry, said}
end

function call.history(limit, before)
    local last = '+inf'
    if before ~= '' then
        local score = redis.call('ZSCORE', order, before)
        last = score and '(' .. score or '-inf'
    end
    local ids = redis.call('ZREVRANGEBYSCORE', order, last, '-inf', 'LIMIT', 0, limit + 1)
    local earlier = #ids > tonumber(limit) and 1 or 0
    if earlier == 1 then table.remove(ids) end
    local entries = {}
    for i = #ids, 1, -1 do
        table.insert(entries, ids[i])
        table.insert(entries, redis.call('HGET', fixed, ids[i]))
        table.insert(entries, redis.call('HGET', words, ids[i]))
    end
    if redis.call('SET', seq, clock, 'NX') then redis.call('EXPIRE', seq, LONE_COUNTER) end
    return {redis.call('GET', seq), earlier, entries}
end

-- The counter alone stays for a day, two further on: whoever still follows the log learns that it is gone.
function call.forget(channel, chat)
    redis.call('DEL', fixed, words, order, changes, jobs)
    advance(2)
    redis.call('EXPIRE', seq, LONE_COUNTER)
    redis.call('PUBLISH', channel, chat)
end

return call[ARGV[1]](unpack(ARGV, 4))
