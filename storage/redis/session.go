package redis

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

type sessions struct{ *Store }

var _ storage.Sessions = sessions{}

// shards is the number of sorted sets of deadlines. A session lives with its
// set, so that one script moves both; in a cluster the sets spread over nodes.
const shards = 16

func shard(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return "s" + strconv.FormatUint(uint64(h.Sum32()%shards), 10)
}

// The names and the fields of sessions, of their deadlines and of what a person has stay
// as they are from one version to the next: replicas of both share them while one follows
// the other.
func (s sessions) sessionKey(id string) string { return s.key("session", shard(id)) + ":" + id }
func (s sessions) dueKey(shard string) string  { return s.key("due", shard) }
func (s sessions) personKey(id string) string  { return s.key("person", id) }

// allKey and clientKey name the sets in the order of which Page reads: all sessions of a
// shard, and those in which a client took part.
func (s sessions) allKey(shard string) string { return s.key("all", shard) }
func (s sessions) clientKey(shard, client string) string {
	return s.key("client", shard) + ":" + client
}

// A session is a hash: record is what only a new authentication changes, ending
// and by are there when somebody ends it, the rest is what activity changes.
const (
	fieldRecord   = "record"
	fieldLast     = "last"
	fieldDeadline = "deadline"
	fieldClients  = "clients"
	fieldIdle     = "idle"
	fieldAbsolute = "absolute"
	fieldEnding   = "ending"
	fieldBy       = "by"
)

func (s sessions) Create(ctx context.Context, record storage.Session) error {
	clients := strings.Join(record.Clients, "\n")
	text, err := json.Marshal(record)
	if err != nil {
		return malformed("session")
	}
	end := record.Deadline
	if record.AbsoluteDeadline.Before(end) {
		end = record.AbsoluteDeadline
	}
	keys := []string{s.sessionKey(record.ID), s.dueKey(shard(record.ID)), s.allKey(shard(record.ID))}
	n, err := createSession.Run(ctx, s.client, keys,
		record.ID, text, record.LastActivity.UnixMicro(), end.UnixMicro(), clients,
		record.AbsoluteDeadline.UnixMicro(), record.IdleLimit.Microseconds(), keep(record.CreatedAt, record.AbsoluteDeadline), record.CreatedAt.UnixMicro(),
		s.clientKey(shard(record.ID), "")).Int()
	if err != nil {
		return classify(err)
	}
	if n == 0 {
		return storage.ErrConflict
	}
	// The index by person comes after: ByPeople takes entries without a session
	// out. Until both are there, nobody has the session's cookie.
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, s.personKey(record.PersonID), record.ID)
		p.PExpire(ctx, s.personKey(record.PersonID), record.AbsoluteDeadline.Sub(record.CreatedAt)+slack)
		return nil
	})
	return classify(err)
}

var createSession = redis.NewScript(joinScript + `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'last', ARGV[3], 'deadline', ARGV[4], 'clients', ARGV[5], 'absolute', ARGV[6], 'idle', ARGV[7], 'created', ARGV[9])
redis.call('PEXPIRE', KEYS[1], ARGV[8])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
join(KEYS[3], ARGV[9] .. ARGV[1], ARGV[8], KEYS[1], ARGV[1])
for client in string.gmatch(ARGV[5], '[^\n]+') do join(ARGV[10] .. client, ARGV[9] .. ARGV[1], ARGV[8], KEYS[1], ARGV[1]) end
return 1`)

// read builds a session from the fields that fields asks for.
func read(fields []any) (storage.Session, error) {
	var r storage.Session
	if len(fields) != 8 || fields[0] == nil {
		return r, storage.ErrNotFound
	}
	text := make([]string, 6)
	for i, f := range fields[:6] {
		v, ok := f.(string)
		if !ok {
			return r, malformed("session")
		}
		text[i] = v
	}
	last, err1 := strconv.ParseInt(text[1], 10, 64)
	deadline, err2 := strconv.ParseInt(text[2], 10, 64)
	idle, err3 := strconv.ParseInt(text[4], 10, 64)
	absolute, err4 := strconv.ParseInt(text[5], 10, 64)
	if json.Unmarshal([]byte(text[0]), &r) != nil || errors.Join(err1, err2, err3, err4) != nil {
		return r, malformed("session")
	}
	r.LastActivity, r.Deadline = time.UnixMicro(last).UTC(), time.UnixMicro(deadline).UTC()
	r.IdleLimit, r.AbsoluteDeadline = time.Duration(idle)*time.Microsecond, time.UnixMicro(absolute).UTC()
	r.Clients = nil
	if text[3] != "" {
		r.Clients = strings.Split(text[3], "\n")
	}
	r.EndReason, _ = fields[6].(string)
	r.EndBy, _ = fields[7].(string)
	return r, nil
}

// fields asks for what read reads.
func (s sessions) fields(ctx context.Context, c redis.Cmdable, id string) *redis.SliceCmd {
	return c.HMGet(ctx, s.sessionKey(id), fieldRecord, fieldLast, fieldDeadline, fieldClients, fieldIdle, fieldAbsolute, fieldEnding, fieldBy)
}

func (s sessions) Get(ctx context.Context, id string, at time.Time) (storage.Session, error) {
	fields, err := s.fields(ctx, s.client, id).Result()
	if err != nil {
		return storage.Session{}, classify(err)
	}
	r, err := read(fields)
	if err != nil {
		return storage.Session{}, err
	}
	if !r.Alive(at) {
		return storage.Session{}, storage.ErrNotFound
	}
	return r, nil
}

func (s sessions) Find(ctx context.Context, ids ...string) ([]storage.Session, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range ids {
			s.fields(ctx, p, id)
		}
		return nil
	})
	if err != nil {
		return nil, classify(err)
	}
	var found []storage.Session
	for _, reply := range replies {
		r, err := read(reply.(*redis.SliceCmd).Val()) //nolint:forcetypeassert // HMGet's own type
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, nil
}

// actScript is storage.Session.Suits and Apply where the record is kept. Who only looks is
// answered before anything is written: a server may refuse writes. Any other activity enters
// the session wherever it is not entered: a version that knew no lists began it, or had an
// application join it.
const actScript = joinScript + `
local f = redis.call('HMGET', KEYS[1], 'deadline', 'absolute', 'idle', 'last', 'clients', 'created')
local at = tonumber(ARGV[2])
if not f[1] or tonumber(f[1]) <= at or tonumber(f[2]) <= at then return false end
local deadline, absolute, idle, last = tonumber(f[1]), tonumber(f[2]), tonumber(f[3]), tonumber(f[4])
local idle_limit, absolute_limit = tonumber(ARGV[5]), tonumber(ARGV[6])
if idle_limit > 0 and last + idle_limit <= at then return 'ended' end
if absolute_limit > 0 and (not f[6] or tonumber(f[6]) + absolute_limit <= at) then return 'ended' end
if ARGV[3] ~= '1' and ARGV[4] == '' then return redis.call('HMGET', KEYS[1], ` + all + `) end
local function text(number) return string.format('%.0f', number) end
local narrowed = false
if idle_limit > 0 and idle_limit < idle then
  idle = idle_limit
  deadline = math.min(deadline, last + idle)
  narrowed = true
end
if absolute_limit > 0 and tonumber(f[6]) + absolute_limit < absolute then
  absolute = tonumber(f[6]) + absolute_limit
  deadline = math.min(deadline, absolute)
  narrowed = true
end
if narrowed then
  redis.call('HSET', KEYS[1], 'idle', text(idle), 'absolute', text(absolute), 'deadline', text(deadline))
  redis.call('ZADD', KEYS[2], text(deadline), ARGV[1])
end
local clients = f[5]
if ARGV[4] ~= '' and not string.find('\n' .. clients .. '\n', '\n' .. ARGV[4] .. '\n', 1, true) then
  if clients ~= '' then clients = clients .. '\n' end
  clients = clients .. ARGV[4]
  redis.call('HSET', KEYS[1], 'clients', clients)
end
if f[6] then
  local place, keep = f[6] .. ARGV[1], text((absolute - at) / 1000 + tonumber(ARGV[8]))
  join(KEYS[3], place, keep, KEYS[1], ARGV[1])
  for client in string.gmatch(clients, '[^\n]+') do join(ARGV[7] .. client, place, keep, KEYS[1], ARGV[1]) end
end
if ARGV[3] == '1' then
  if at > last then redis.call('HSET', KEYS[1], 'last', ARGV[2]) end
  local moved = math.min(at + idle, absolute)
  if moved > deadline then
    redis.call('HSET', KEYS[1], 'deadline', text(moved))
    redis.call('ZADD', KEYS[2], text(moved), ARGV[1])
  end
end
return redis.call('HMGET', KEYS[1], ` + all + `)`

// act looks at the marks first, whose keys come after those of the session.
var act = redis.NewScript(`
for i = 4, #KEYS do
  local until_ = redis.call('GET', KEYS[i])
  if until_ and tonumber(until_) > tonumber(ARGV[2]) then return 'ended' end
end` + actScript)

// actEnded is the answer to an activity for which the session is over.
const actEnded = "ended"

func (s sessions) actKeys(a storage.Activity) []string {
	return []string{s.sessionKey(a.SessionID), s.dueKey(shard(a.SessionID)), s.allKey(shard(a.SessionID))}
}

func (s sessions) actArgs(a storage.Activity) []any {
	counts := "0"
	if a.Counts {
		counts = "1"
	}
	return []any{a.SessionID, a.At.UnixMicro(), counts, a.ClientID, a.IdleLimit.Microseconds(), a.AbsoluteLimit.Microseconds(),
		s.clientKey(shard(a.SessionID), ""), slack.Milliseconds()}
}

func (s sessions) Act(ctx context.Context, a storage.Activity) (storage.Session, error) {
	keys := s.actKeys(a)
	switch {
	case len(a.Unless) == 0:
	case s.scattered():
		// Marks live on other nodes than the session, so they are looked at
		// first. One that is set between the two came after the activity;
		// whoever asks next hears of it.
		switch is, err := marks(s).Any(ctx, a.At, a.Unless...); {
		case err != nil:
			return storage.Session{}, err
		case is:
			return storage.Session{}, storage.ErrEnded
		}
	default:
		for _, mark := range a.Unless {
			keys = append(keys, s.key("mark", mark))
		}
	}
	reply, err := act.Run(ctx, s.client, keys, s.actArgs(a)...).Result()
	if err != nil {
		return storage.Session{}, classify(err)
	}
	switch r := reply.(type) {
	case string:
		return storage.Session{}, storage.ErrEnded
	case []any:
		return read(r)
	}
	return storage.Session{}, malformed("session")
}

// all names the fields of a session in the order in which read takes them.
const all = `'record', 'last', 'deadline', 'clients', 'idle', 'absolute', 'ending', 'by'`

// expire is storage.Session.Expire where the record is kept; f are all fields.
const expire = `
local function expire(key, f)
  if (not f[7] or f[7] == '') and tonumber(f[3]) >= tonumber(f[6]) then redis.call('HSET', key, 'absolute', '0') end
  redis.call('HSET', key, 'deadline', '0')
end
`

// stop is storage.Session.Stop where the record is kept.
const stop = expire + `
local f = redis.call('HMGET', KEYS[1], ` + all + `)
if not f[1] then return false end
local at = tonumber(ARGV[2])
if tonumber(f[3]) > at and tonumber(f[6]) > at then redis.call('HSET', KEYS[1], 'ending', ARGV[4], 'by', ARGV[5], 'deadline', '0') else expire(KEYS[1], f) end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return redis.call('HMGET', KEYS[1], ` + all + `)`

func (s sessions) Stop(ctx context.Context, at time.Time, lease time.Duration, e storage.Ending, ids ...string) ([]storage.Session, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range ids {
			// The whole script, as for a claim.
			p.Eval(ctx, stop, []string{s.sessionKey(id), s.dueKey(shard(id))}, id, at.UnixMicro(), at.Add(lease).UnixMicro(), e.Reason, e.By)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) { // one that is not held
		return nil, classify(err)
	}
	var stopped []storage.Session
	for _, reply := range replies {
		fields, err := reply.(*redis.Cmd).Slice() //nolint:forcetypeassert // Eval's own type
		switch {
		case errors.Is(err, redis.Nil):
			continue
		case err != nil:
			return nil, classify(err)
		}
		r, err := read(fields)
		if err != nil {
			return nil, err
		}
		stopped = append(stopped, r)
	}
	return stopped, nil
}

// Remove takes sessions with all that leads to them, those of a shard in one script.
func (s sessions) Remove(ctx context.Context, ids ...string) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	byShard := map[string][]any{}
	for _, id := range ids {
		byShard[shard(id)] = append(byShard[shard(id)], id)
	}
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for name, some := range byShard {
			// The whole script, as for a claim.
			p.Eval(ctx, remove, []string{s.dueKey(name), s.allKey(name)}, append([]any{s.key("session", name) + ":", s.clientKey(name, "")}, some...)...)
		}
		return nil
	})
	n := 0
	for _, reply := range replies {
		some, _ := reply.(*redis.Cmd).Int() //nolint:forcetypeassert // Eval's own type
		n += some
	}
	return n, classify(err)
}

// remove builds keys from ids, as claim does.
const remove = `
local n = 0
for i = 3, #ARGV do
  local f = redis.call('HMGET', ARGV[1] .. ARGV[i], 'created', 'clients')
  if f[1] then
    redis.call('ZREM', KEYS[2], f[1] .. ARGV[i])
    for client in string.gmatch(f[2], '[^\n]+') do redis.call('ZREM', ARGV[2] .. client, f[1] .. ARGV[i]) end
  end
  n = n + redis.call('DEL', ARGV[1] .. ARGV[i])
  redis.call('ZREM', KEYS[1], ARGV[i])
end
return n`

func (s sessions) ByPeople(ctx context.Context, at time.Time, personIDs ...string) ([]storage.Session, error) {
	if len(personIDs) == 0 {
		return nil, nil
	}
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range personIDs {
			p.SMembers(ctx, s.personKey(id))
		}
		return nil
	})
	if err != nil {
		return nil, classify(err)
	}
	var ids, whose []string
	for i, reply := range replies {
		for _, id := range reply.(*redis.StringSliceCmd).Val() { //nolint:forcetypeassert // SMembers' own type
			ids, whose = append(ids, id), append(whose, personIDs[i])
		}
	}
	found, gone, err := s.held(ctx, at, ids)
	if err != nil || len(gone) == 0 {
		return found, err
	}
	_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, i := range gone {
			p.SRem(ctx, s.personKey(whose[i]), ids[i])
		}
		return nil
	})
	return found, classify(err)
}

// held returns those of the sessions that are alive, in the order of the ids, and which
// of the ids are those of none.
func (s sessions) held(ctx context.Context, at time.Time, ids []string) (found []storage.Session, gone []int, err error) {
	i := 0
	for chunk := range slices.Chunk(ids, 100) {
		replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, id := range chunk {
				s.fields(ctx, p, id)
			}
			return nil
		})
		if err != nil {
			return nil, nil, classify(err)
		}
		for _, reply := range replies {
			r, err := read(reply.(*redis.SliceCmd).Val()) //nolint:forcetypeassert // HMGet's own type
			switch {
			case errors.Is(err, storage.ErrNotFound):
				gone = append(gone, i)
			case err != nil:
				return nil, nil, err
			case r.Alive(at):
				found = append(found, r)
			}
			i++
		}
	}
	return found, gone, nil
}

func (s sessions) ClaimExpired(ctx context.Context, at time.Time, lease time.Duration, limit int) ([]storage.Session, error) {
	now := strconv.FormatInt(at.UnixMicro(), 10)
	counts, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range shards {
			p.ZCount(ctx, s.dueKey("s"+strconv.Itoa(i)), "-inf", now)
		}
		return nil
	})
	if err != nil {
		return nil, classify(err)
	}
	claims, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		left := int64(limit)
		for i, c := range counts {
			take := min(c.(*redis.IntCmd).Val(), left) //nolint:forcetypeassert // ZCount's own type
			if take == 0 {
				continue
			}
			left -= take
			name := "s" + strconv.Itoa(i)
			// The whole script: one that the server has forgotten would need a second
			// round trip.
			p.Eval(ctx, claim, []string{s.dueKey(name)}, now, at.Add(lease).UnixMicro(), take, s.key("session", name)+":")
		}
		return nil
	})
	// What was claimed is returned even where a part failed.
	var claimed []storage.Session
	for _, c := range claims {
		rows, _ := c.(*redis.Cmd).Slice() //nolint:forcetypeassert // Eval's own type
		for _, row := range rows {
			fields, _ := row.([]any)
			r, err := read(fields)
			if err != nil {
				return claimed, err
			}
			claimed = append(claimed, r)
		}
	}
	return claimed, classify(err)
}

// claim moves what is due behind the lease, expires it and returns it as it was. The
// sessions' keys are built from the ids, in the hash tag of the set: one node has them all.
const claim = expire + `
local out = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local f = redis.call('HMGET', ARGV[4] .. id, ` + all + `)
  if f[1] then
    redis.call('ZADD', KEYS[1], ARGV[2], id)
    expire(ARGV[4] .. id, f)
    out[#out + 1] = f
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return out`

func (s sessions) Count(ctx context.Context) (int64, error) {
	cards, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range shards {
			p.ZCard(ctx, s.dueKey("s"+strconv.Itoa(i)))
		}
		return nil
	})
	if err != nil {
		return 0, classify(err)
	}
	var n int64
	for _, c := range cards {
		n += c.(*redis.IntCmd).Val() //nolint:forcetypeassert // ZCard's own type
	}
	return n, nil
}
