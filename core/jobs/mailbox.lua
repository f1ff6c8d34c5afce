-- The mailboxes and whose turn it is, each call atomic. What the keys hold stands in mailbox.py.
-- ARGV: the call's name, the prefix of all keys, jobs at once in all and of one person (empty: any number), the caller's
-- clock in seconds, then the call's own arguments.

local PREFIX, IN_ALL, OF_PERSON, NOW = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local GROUP = 'workers'
local STREAM, FENCE = PREFIX .. 'chats', PREFIX .. 'fence'
local LINE, TICKET, TURNS = PREFIX .. 'chats:line', PREFIX .. 'chats:ticket', PREFIX .. 'chats:turns'
local PARKED, BUSY, BOARD = PREFIX .. 'chats:parked', PREFIX .. 'chats:busy', PREFIX .. 'chats:board'
local DAY = 86400
local KEEP_DAYS, KEEP_PERSON = 8 * DAY, 30 * DAY
local BOARD_MS, OLD_ENOUGH_MS = 10000, 1000

local function job_key(id) return PREFIX .. 'job:' .. id end
local function mail(chat) return PREFIX .. 'chat:' .. chat .. '|mail' end
local function lease(chat) return PREFIX .. 'chat:' .. chat .. '|lease' end
local function line_of(person) return PREFIX .. 'person:' .. person .. '|line' end
local function turns_of(person) return PREFIX .. 'person:' .. person .. '|turns' end
local function jobs_of(person) return PREFIX .. 'person:' .. person .. '|jobs' end
local function used(day, whose) return PREFIX .. 'used:' .. day .. ':' .. whose end

local function today() return string.format('%d', math.floor(NOW / DAY)) end

-- Whose quota a chat's jobs count against: its topics share one, which goes with it where it moves to another id.
local function counted(chat)
  local name = string.match(chat, '^[^:]*:[^:]*')
  return redis.call('get', PREFIX .. 'chat:' .. name .. '|moved') or name
end

local function count(what, platform)
  local name = PREFIX .. 'counts:' .. today()
  redis.call('hincrby', name, what .. '|' .. platform, 1)
  redis.call('expire', name, KEEP_DAYS)
end

-- Whose turn it is.

local function unpark(chat)
  local person = redis.call('hget', PARKED, chat)
  if not person then return end
  local ticket = redis.call('zscore', line_of(person), chat)
  redis.call('zrem', line_of(person), chat)
  redis.call('hdel', PARKED, chat)
  if ticket then redis.call('zadd', LINE, ticket, chat) end
end

-- Turns to the first of the line, for as long as there are any to give.
local function give_turns()
  while not IN_ALL or redis.call('xlen', STREAM) < IN_ALL do
    local first = redis.call('zpopmin', LINE)
    local chat, ticket = first[1], first[2]
    if not chat then return end
    local id = redis.call('lindex', mail(chat), 0)
    if not id then
      redis.call('srem', BUSY, chat)
    else
      local person = redis.call('hget', job_key(id), 'person') or ''
      if OF_PERSON and person ~= '' and redis.call('scard', turns_of(person)) >= OF_PERSON then
        redis.call('zadd', line_of(person), ticket, chat)
        redis.call('hset', PARKED, chat, person)
      else
        local entry = redis.call('xadd', STREAM, '*', 'chat', chat)
        redis.call('hset', TURNS, chat, entry .. ' ' .. person)
        if person ~= '' then redis.call('sadd', turns_of(person), chat) end
      end
    end
  end
end

local function drop_entry(entry)
  redis.call('xack', STREAM, GROUP, entry)
  redis.call('xdel', STREAM, entry)
end

local function release(chat)
  local turn = redis.call('hget', TURNS, chat)
  if not turn then return end
  redis.call('hdel', TURNS, chat)
  local entry, person = string.match(turn, '^(%S+) (.*)$')
  drop_entry(entry)
  if person ~= '' then
    redis.call('srem', turns_of(person), chat)
    local longest = redis.call('zrange', line_of(person), 0, 0)[1]
    if longest then unpark(longest) end
  end
end

-- A chat with jobs and without a turn stands in the line, one without jobs nowhere.
local function stand(chat, ticket)
  if redis.call('llen', mail(chat)) == 0 then
    unpark(chat)
    redis.call('zrem', LINE, chat)
    redis.call('srem', BUSY, chat)
    return
  end
  redis.call('sadd', BUSY, chat)
  if redis.call('hexists', TURNS, chat) == 0 and redis.call('hexists', PARKED, chat) == 0
    and not redis.call('zscore', LINE, chat) then
    redis.call('zadd', LINE, ticket or redis.call('incr', TICKET), chat)
  end
end

-- The entry keeps its turn and its person under a new id, at the stream's end.
local function offer_again(chat, entry)
  drop_entry(entry)
  local new = redis.call('xadd', STREAM, '*', 'chat', chat)
  local turn = redis.call('hget', TURNS, chat)
  redis.call('hset', TURNS, chat, new .. ' ' .. (turn and string.match(turn, '^%S+ (.*)$') or ''))
end

-- Entries that no worker has read although they had the time: all of them are busy, or away.
local function unread()
  local time = redis.call('time')
  local newest = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000) - OLD_ENOUGH_MS)
  for _, group in ipairs(redis.call('exists', STREAM) == 1 and redis.call('xinfo', 'groups', STREAM) or {}) do
    local facts = {}
    for i = 1, #group, 2 do facts[group[i]] = group[i + 1] end
    if facts.name == GROUP then
      return redis.call('xrange', STREAM, '(' .. facts['last-delivered-id'], newest)
    end
  end
  return {}
end

-- How many must end or begin before this one begins.
local function place(id, chat)
  local own = redis.call('lpos', mail(chat), id)
  if not own or redis.call('hexists', TURNS, chat) == 1 then return own or 0 end
  local rank = redis.call('zrank', LINE, chat)
  if rank then return own + #unread() + rank + 1 end
  local person = redis.call('hget', PARKED, chat)
  if person then return own + redis.call('zrank', line_of(person), chat) + 1 end
  return own
end

local function give_back(id, chat)
  local day, person = unpack(redis.call('hmget', job_key(id), 'counted', 'person'))
  if not day then return end
  redis.call('hdel', job_key(id), 'counted')
  redis.call('zincrby', used(day, 'people'), -1, person)
  redis.call('zincrby', used(day, 'chats'), -1, counted(chat))
end

local function take_out(id, chat, keep)
  redis.call('lrem', mail(chat), 1, id)
  local person = redis.call('hget', job_key(id), 'person')
  if person then redis.call('zrem', jobs_of(person), id) end
  redis.call('expire', job_key(id), keep)
end

local function used_up(limit, name, whose, is_counted)
  if limit == '' then return false end
  if limit == '0' then return true end
  return is_counted and tonumber(redis.call('zscore', used(today(), name), whose) or 0) >= tonumber(limit)
end

local call = {}

-- → {jobs before it} | {-1, why it is not taken}. `weighs`: '2' counts, '1' only asks whether anything is left, '0'.
function call.put(id, record, chat, person, platform, weighs, queue_person, queue_chat, quota_person, quota_chat)
  if redis.call('exists', job_key(id)) == 1 then return {place(id, chat)} end
  redis.call('zremrangebyscore', jobs_of(person), '-inf', NOW - KEEP_PERSON)
  local why
  if used_up(quota_person, 'people', person, weighs ~= '0') then why = 'quota_person'
  elseif used_up(quota_chat, 'chats', counted(chat), weighs ~= '0') then why = 'quota_chat'
  elseif queue_person ~= '' and redis.call('zcard', jobs_of(person)) >= tonumber(queue_person) then why = 'queue_person'
  elseif queue_chat ~= '' and redis.call('llen', mail(chat)) >= tonumber(queue_chat) then why = 'queue_chat' end
  if why then
    count(why, platform)
    return {-1, why}
  end
  redis.call('hset', job_key(id), 'record', record, 'person', person)
  redis.call('rpush', mail(chat), id)
  redis.call('zadd', jobs_of(person), NOW, id)
  redis.call('expire', jobs_of(person), KEEP_PERSON)
  if weighs == '2' then
    redis.call('hset', job_key(id), 'counted', today())
    for name, whose in pairs({people = person, chats = counted(chat)}) do
      redis.call('zincrby', used(today(), name), 1, whose)
      redis.call('expire', used(today(), name), KEEP_DAYS)
    end
  end
  count('taken', platform)
  stand(chat)
  give_turns()
  local before = place(id, chat)
  if before > 0 then redis.call('hset', job_key(id), 'shown', before) end
  return {before}
end

-- → 1 | 0 where every worker has been silent for so long.
function call.is_worked_on(silent_ms)
  local found = redis.pcall('xinfo', 'consumers', STREAM, GROUP)
  if found.err then return 0 end
  for _, consumer in ipairs(found) do
    for i = 1, #consumer, 2 do
      if consumer[i] == 'idle' and consumer[i + 1] < tonumber(silent_ms) then return 1 end
    end
  end
  return 0
end

-- → 1 noted | 0 too late: its worker posts its own, it has another, or it is over.
function call.note_progress(id, chat, message)
  if redis.call('hexists', job_key(id), 'taken') == 1 or not redis.call('lpos', mail(chat), id) then return 0 end
  redis.call('hsetnx', job_key(id), 'progress', message)
  return redis.call('hget', job_key(id), 'progress') == message and 1 or 0
end

-- → 2 taken out of the queue | 1 its worker will see it | 0 there is no such unfinished job.
function call.cancel(id, chat, platform, record, keep)
  local own = redis.call('lpos', mail(chat), id)
  if not own then return 0 end
  if redis.call('hexists', job_key(id), 'taken') == 1 then
    redis.call('hset', job_key(id), 'cancel', '1')
    return 1
  end
  redis.call('hset', job_key(id), 'record', record)
  give_back(id, chat)
  take_out(id, chat, keep)
  count('cancelled', platform)
  if own == 0 then
    -- The next one may be another person's, whose turns are counted apart.
    local had_turn = redis.call('hexists', TURNS, chat) == 1
    release(chat)
    unpark(chat)
    stand(chat, had_turn and 0 or nil)
    give_turns()
  end
  return 2
end

-- What a worker does.

-- Consumers that have nothing and are long gone are forgotten; limits that were raised are felt at once.
function call.open(idle_ms)
  -- Never one with pending entries: they would be lost with it.
  for _, consumer in ipairs(redis.call('xinfo', 'consumers', STREAM, GROUP)) do
    local facts = {}
    for i = 1, #consumer, 2 do facts[consumer[i]] = consumer[i + 1] end
    if facts.pending == 0 and facts.idle > tonumber(idle_ms) then
      redis.call('xgroup', 'delconsumer', STREAM, GROUP, facts.name)
    end
  end
  for _, chat in ipairs(redis.call('hkeys', PARKED)) do unpark(chat) end
  give_turns()
end

-- → {token, job id, record, progress message} | false where another holds the lease or the entry is one of the past |
-- 0 where nothing is left to do.
function call.take(entry, chat, lease_ms)
  if redis.call('exists', lease(chat)) == 1 then return false end
  if #redis.call('xrange', STREAM, entry, entry) == 0 then return false end
  local id = redis.call('lindex', mail(chat), 0)
  while id do
    local record, progress = unpack(redis.call('hmget', job_key(id), 'record', 'progress'))
    if record then
      local token = redis.call('incr', FENCE)
      redis.call('set', lease(chat), token, 'px', lease_ms)
      redis.call('hset', job_key(id), 'taken', '1')
      return {tostring(token), id, record, progress or ''}
    end
    redis.call('lpop', mail(chat))
    id = redis.call('lindex', mail(chat), 0)
  end
  drop_entry(entry)
  release(chat)
  stand(chat)
  give_turns()
  return 0
end

-- Of each turn, four arguments: job, chat, token, entry. → for each: 0 lost | 1 held | 2 cancel wanted.
function call.renew(lease_ms, consumer, ...)
  local turns, answers, entries = {...}, {}, {}
  for i = 1, #turns, 4 do
    local id, chat, token, entry = turns[i], turns[i + 1], turns[i + 2], turns[i + 3]
    local held = 0
    if redis.call('get', lease(chat)) == token then
      redis.call('pexpire', lease(chat), lease_ms)
      entries[#entries + 1] = entry
      held = redis.call('hexists', job_key(id), 'cancel') == 1 and 2 or 1
    end
    answers[#answers + 1] = held
  end
  if #entries > 0 then
    local claim = {STREAM, GROUP, consumer, 0}
    for _, entry in ipairs(entries) do claim[#claim + 1] = entry end
    claim[#claim + 1] = 'justid'
    redis.call('xclaim', unpack(claim))
  end
  return answers
end

-- → 1 written | 0 the lease is lost.
function call.save(id, chat, token, record)
  if redis.call('get', lease(chat)) ~= token then return 0 end
  redis.call('hset', job_key(id), 'record', record)
  return 1
end

-- `record`: empty where it stays as it is. `gives_back`: '1' where the day's quota gets it back.
-- → 1 ended | 0 the lease is lost.
function call.end_(id, chat, platform, token, entry, record, keep, outcome, gives_back)
  if redis.call('get', lease(chat)) ~= token then return 0 end
  if record ~= '' then redis.call('hset', job_key(id), 'record', record) end
  redis.call('hdel', job_key(id), 'cancel')
  if gives_back == '1' then give_back(id, chat) end
  take_out(id, chat, keep)
  redis.call('del', lease(chat))
  count(outcome, platform)
  drop_entry(entry)
  release(chat)
  stand(chat)
  give_turns()
  return 1
end

-- The job stays at the mailbox's head, and keeps its turn.
function call.hand_over(chat, token, entry)
  if redis.call('get', lease(chat)) ~= token then return 0 end
  redis.call('del', lease(chat))
  offer_again(chat, entry)
  return 1
end

-- Its worker can do nothing with this entry: another is to have it. Nothing where it is one of the past.
function call.pass_on(chat, entry)
  if redis.call('exists', lease(chat)) == 1 or #redis.call('xrange', STREAM, entry, entry) == 0 then return 0 end
  offer_again(chat, entry)
  return 1
end

-- → how many leases there were.
function call.free_all()
  local freed = 0
  while true do
    local pending = redis.call('xpending', STREAM, GROUP, '-', '+', 100)
    if #pending == 0 then return freed end
    for _, each in ipairs(pending) do
      local found = redis.call('xrange', STREAM, each[1], each[1])[1]
      if found then
        redis.call('del', lease(found[2][2]))
        offer_again(found[2][2], each[1])
        freed = freed + 1
      else
        redis.call('xack', STREAM, GROUP, each[1])
      end
    end
  end
end

-- Places.

local function step(n) return n <= 10 and n or n <= 100 and math.ceil(n / 10) * 10 or math.ceil(n / 100) * 100 end

-- The jobs of a chat that are told another place now: {id, place} after {id, place}. Few are told every number.
local function tell(found, chat, before, first, last)
  for n, id in ipairs(redis.call('lrange', mail(chat), first, last)) do
    local at = before + first + n - 1
    local shown = redis.call('hget', job_key(id), 'shown')
    if not shown or step(tonumber(shown)) ~= step(at) then
      redis.call('hset', job_key(id), 'shown', at)
      table.insert(found, id)
      table.insert(found, at)
    end
  end
end

-- Of the chat whose head is at work.
function call.behind_the_head(chat, most)
  local found = {}
  tell(found, chat, 0, 1, most)
  return found
end

-- Of all chats; one caller at a time is told. `a_chat`: jobs of a chat that has no worker, `chats`: such chats of each
-- kind, `behind`: jobs behind one at work. After these, the platforms that the caller reaches (none: all of them);
-- others are told by those who reach others.
function call.waiting(consumer, a_chat, chats, behind, ...)
  local platforms, reached = {...}, {}
  local board = BOARD .. ':' .. table.concat(platforms, ',')
  local holder = redis.call('get', board)
  if holder and holder ~= consumer then return {} end
  redis.call('set', board, consumer, 'px', BOARD_MS)
  for _, platform in ipairs(platforms) do reached[platform] = true end
  local found, before = {}, 0
  local function tell_reached(chat, ahead, first, last)
    if #platforms == 0 or reached[string.match(chat, '^[^:]*')] then
      tell(found, chat, ahead, first or 0, last or a_chat - 1)
    end
  end
  for _, entry in ipairs(unread()) do
    before = before + 1
    if before <= tonumber(chats) then tell_reached(entry[2][2], before) end
  end
  for n, chat in ipairs(redis.call('zrange', LINE, 0, chats - 1)) do tell_reached(chat, before + n) end
  for n, chat in ipairs(redis.call('hkeys', PARKED)) do
    if n > tonumber(chats) then break end
    local rank = redis.call('zrank', line_of(redis.call('hget', PARKED, chat)), chat)
    if rank then tell_reached(chat, rank + 1) end
  end
  -- Behind a job at work, places move where one between is cancelled.
  for _, chat in ipairs(redis.call('hkeys', TURNS)) do
    if redis.call('exists', lease(chat)) == 1 then tell_reached(chat, 0, 1, behind) end
  end
  return found
end

-- For the operator: {chat, unfinished jobs, whether one is at work} after {…} | what was counted today | who used most.
function call.stats(most)
  local busy = {}
  for _, chat in ipairs(redis.call('smembers', BUSY)) do
    table.insert(busy, chat)
    table.insert(busy, redis.call('llen', mail(chat)))
    table.insert(busy, redis.call('exists', lease(chat)))
  end
  local top = redis.call('zrevrange', used(today(), 'people'), 0, most - 1, 'withscores')
  local chats = redis.call('zcount', used(today(), 'chats'), 1, '+inf')
  return {busy, redis.call('hgetall', PREFIX .. 'counts:' .. today()), top, chats}
end

return call[ARGV[1]](unpack(ARGV, 6))
