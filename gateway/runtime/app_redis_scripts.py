"""What Redis runs in one step for the apps: Lua, so that nothing comes between a question and its count.

The clock is Redis's own: those of several machines differ. A member that a request holds is worth nothing
once its time has passed without being renewed: its process is gone. Each script may be sent twice: it says
the same again.
"""

from __future__ import annotations

_NOW = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
"""

# KEYS: spent, holds. ARGV: member (`id|amount`), the most, seconds to its renewal, seconds that both are kept.
# 0: held; 1: used up; 2: held by others.
HOLD = f"""{_NOW}
redis.call('ZREM', KEYS[2], ARGV[1])
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('INCRBYFLOAT', KEYS[1], string.match(member, '|(.*)'))
  redis.call('ZREM', KEYS[2], member)
end
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
local held = 0
for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  held = held + tonumber(string.match(member, '|(.*)'))
end
if spent >= tonumber(ARGV[2]) then return 1 end
if spent + held >= tonumber(ARGV[2]) then return 2 end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[4]) end
return 0
"""

# KEYS: spent, holds. ARGV: member, amount, seconds that it is kept.
CHARGE = """
if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 and tonumber(ARGV[2]) > 0 then
  redis.call('INCRBYFLOAT', KEYS[1], ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return 0
"""

# KEYS: recent, tokens, slots. ARGV: id, tokens, seconds to its renewal, then the limits, -1 where there is
# none: rpm, tpm, at once. What is over and the seconds until it is not; nothing where it may go on.
ADMIT = f"""{_NOW}
local id, rpm, tpm, most = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('ZREM', KEYS[1], id)
redis.call('ZREM', KEYS[3], id)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - 60)) do
  redis.call('HDEL', KEYS[2], old)
  redis.call('ZREM', KEYS[1], old)
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if most >= 0 and redis.call('ZCARD', KEYS[3]) >= most then return {{'max_parallel_requests', '1'}} end
local count = redis.call('ZCARD', KEYS[1])
if rpm >= 0 and count >= rpm then
  local first = redis.call('ZRANGE', KEYS[1], count - rpm, count - rpm, 'WITHSCORES')
  return {{'rpm', tostring(first[2] + 60 - now)}}
end
local used = 0
if tpm >= 0 then
  for _, tokens in ipairs(redis.call('HVALS', KEYS[2])) do used = used + tokens end
end
if tpm >= 0 and used >= tpm then
  local asked = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for each = 1, #asked, 2 do
    used = used - (redis.call('HGET', KEYS[2], asked[each]) or 0)
    if used < tpm then return {{'tpm', tostring(asked[each + 1] + 60 - now)}} end
  end
end
redis.call('ZADD', KEYS[1], now, id)
redis.call('HSET', KEYS[2], id, ARGV[2])
redis.call('ZADD', KEYS[3], now + ARGV[3], id)
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, 120) end
return {{}}
"""

# KEYS: recent, tokens, slots. ARGV: id, tokens, whether it counts (1) or is forgotten (0).
END = """
redis.call('ZREM', KEYS[3], ARGV[1])
if ARGV[3] == '0' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
return 0
"""

# KEYS: holds or slots. ARGV: member, seconds to the next renewal. What was given up already stays so.
RENEW = f"""{_NOW}
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], 2 * ARGV[2], 'GT')
return 0
"""
