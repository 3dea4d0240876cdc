import { parseJq } from './parser.ts'
import type { Node } from './syntax.ts'

/** The part of the language that is said in the language (jq's manual, "Builtin operators and functions"). Read when it is used. */
const definitions = `
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def add(f): reduce f as $x (null; . + $x);
def in(xs): . as $x | xs | has($x);
def select(f): if f then . else empty end;
def recurse: ..;
def recurse(f): def r: ., (f | r); r;
def recurse(f; condition): def r: ., (f | select(condition) | r); r;
def to_entries: [keys[] as $k | {key: $k, value: .[$k]}];
def from_entries: map({(.key // .Key // .name // .Name): (if has("value") then .value else .Value end)}) | add // {};
def with_entries(f): to_entries | map(f) | from_entries;
def while(condition; update): def r: if condition then ., (update | r) else empty end; r;
def until(condition; update): def r: if condition then . else update | r end; r;
def repeat(f): def r: f, r; r;
def min_by(f): _min_by(map([f]));
def max_by(f): _max_by(map([f]));
def sort_by(f): _sort_by(map([f]));
def group_by(f): _group_by(map([f]));
def unique_by(f): _unique_by(map([f]));
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def finites: select(isfinite);
def normals: select(isnormal);
def strings: select(type == "string");
def nulls: select(. == null);
def values: select(. != null);
def scalars: select(type != "array" and type != "object");
def combinations: if length == 0 then [] else .[0][] as $x | [$x] + (.[1:] | combinations) end;
def combinations(n): [limit(n; repeat(.))] | combinations;
def walk(f): def r: if type == "array" then map(r) elif type == "object" then map_values(r) end | f; r;
def first: .[0];
def first(f): label $done | f | ., break $done;
def last: .[-1];
def last(f): reduce f as $x ([]; [$x]) | .[];
def isempty(f): label $done | (f | false, break $done), true;
def all: all(.[]; .);
def all(f): all(.[]; f);
def all(g; f): isempty(g | select(f | not));
def any: any(.[]; .);
def any(f): any(.[]; f);
def any(g; f): isempty(g | select(f)) | not;
def limit($n; f):
  if $n > 0 then label $done | foreach f as $x ($n; . - 1; $x, if . <= 0 then break $done else empty end)
  elif $n == 0 then empty
  else error("limit doesn't support negative count") end;
def skip($n; f):
  if $n > 0 then foreach f as $x ($n; . - 1; if . < 0 then $x else empty end)
  elif $n == 0 then f
  else error("skip doesn't support negative count") end;
def nth($n): .[$n];
def nth($n; f): if $n >= 0 then first(skip($n; f)) else error("nth doesn't support negative index") end;
def truncate_stream(f): . as $n | null | f | if .[0] | length > $n then .[0] |= .[$n:] else empty end;
def fromstream(f):
  foreach f as $event (
    null;
    (if .done then null end) | $event as [$path, $leaf] |
    if $event | length == 2 then setpath(["value"] + $path; $leaf) | .done = ($path | length == 0)
    else .done = ($path | length == 1) end;
    if .done then .value else empty end
  );
def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def del(f): delpaths([path(f)]);
def paths: path(..) | select(. != []);
def paths(f): path(.. | select(f)) | select(. != []);
def leaf_paths: paths(scalars);
def pick(f): . as $whole | reduce path(f) as $p (null; setpath($p; $whole | getpath($p)));
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%S%z") | mktime;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdate: fromdateiso8601;
def todate: todateiso8601;
def match($re): match($re; null);
def match($re; $flags): _match($re; $flags)[];
def test($re): test($re; null);
def capture($re): capture($re; null);
def capture($re; $flags): match($re; $flags) | .captures | _captures;
def scan($re): scan($re; null);
def scan($re; $flags): match($re; $flags + "g") | if .captures == [] then .string else [.captures[].string] end;
def splits($re): splits($re; null);
def splits($re; $flags): split($re; $flags)[];
def split($re; $flags):
  . as $text |
  [foreach (match($re; $flags + "g"), null) as $m ({next: 0};
    {from: .next, to: $m.offset, next: ($m.offset + $m.length)}; $text[.from:.to])];
def sub($re; replacement): sub($re; replacement; null);
def sub($re; replacement; $flags):
  . as $text |
  reduce match($re; $flags) as $m ({next: 0, made: []};
    [$m.captures | _captures | replacement] as $with |
    reduce range($with | length) as $i (.; .made[$i] += $text[.next:$m.offset] + $with[$i]) |
    .next = $m.offset + $m.length) |
  .made[] + $text[.next:] // $text;
def gsub($re; replacement): sub($re; replacement; "g");
def gsub($re; replacement; $flags): sub($re; replacement; $flags + "g");
def INDEX(rows; key): reduce rows as $row ({}; .[$row | key | tostring] = $row);
def INDEX(key): INDEX(.[]; key);
def JOIN($index; key): [.[] | [., $index[key]]];
def JOIN($index; rows; key): rows | [., $index[key]];
def JOIN($index; rows; key; join): rows | [., $index[key]] | join;
def IN(f): any(f == .; .);
def IN(g; f): any(g == f; .);
.`

interface Written {
  name: string
  parameters: string[]
  body: Node
}

let byId: Map<string, Written> | undefined

/** `id`: name and number of parameters, `map/1`. */
export function preludeFunction(id: string): Written | undefined {
  return written().get(id)
}

export function preludeNames(): Iterable<string> {
  return written().keys()
}

function written(): Map<string, Written> {
  if (byId) return byId
  byId = new Map()
  for (let node = parseJq(definitions); node.kind === 'define'; node = node.rest)
    byId.set(`${node.name}/${node.parameters.length}`, { name: node.name, parameters: node.parameters, body: node.body })
  return byId
}
