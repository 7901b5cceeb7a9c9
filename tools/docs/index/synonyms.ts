// What a person may call a thing that the documentation calls otherwise. Ordinary programmers' words, not those of any set of
// questions; a wrong pair costs more than a missing one.
import { stem } from './terms.ts';

/** Each line: words that may stand for each other. */
const groups = `
remove delete erase drop discard
directory folder
whitespace blank space
swap exchange
prefix begin start
start begin
suffix end trail
finish end complete terminate
block wait
concurrent parallel simultaneous
process child subprocess
command program process
execute run call
output print stdout
collect gather
clone copy duplicate
merge combine concatenate
fold combine accumulate reduce
split cut break
convert turn transform
modify change mutate update
create make construct
drop destroy destructor free
destructor destroy drop
initial init
iterate loop walk go over
loop repeat repetition
break exit leave
select pick choose
element item entry
private hidden
visibility visible public pub scope
length size
empty clear
channel queue message
deque queue ring
map dictionary
overflow exceed past fit largest
saturate clamp
addition sum add plus
hexadecimal radix hex
radix base
digit numeric numeral
lowercase small lower
uppercase capital upper
option optional maybe
none missing absent nothing
error failure fail
success ok succeed
fallible fail
default fallback
lazy first
lazily need
evaluate compute
compute calculate
lock mutex acquire
attempt try
return give back
previous old former
replace store exchange
write put save store
insert put add
owner ownership own
strong owner
borrow reference
lifetime outlive live
interface trait
generic type
method function
inherit subclass
supertrait require
constant const
build compile
warning lint
lint warning silence
allow silence suppress disable
unused ignore
ignore unused
feature optional switch
dependency depend
library crate
package crate
workspace several
multiple several many
publish release
attribute annotate
layout representation
representation layout
foreign external ffi
external foreign
panic crash
unwind panic
undefined never
keyword reserve
reserve keyword
identifier name
pattern match
arm match
closure lambda
capture closure
argument parameter
parameter argument
commandline argument
clock time
elapse time
instant moment time
path filename
stem extension
extension suffix
sync disk
disk sync
metadata attribute information
query ask
follow traverse
pair tuple
enumerate count index
peek look
adjacent neighbour neighbor
contiguous neighbour neighbor adjacent
equal same
compare order
sort order
predicate condition closure test
retain keep
continue go
position index
index position
random rng
conditional only
target platform linux window
platform linux window macos
stable latest new
edition latest
label outer nest
nest inner
discriminant fixed number
variant enum
field member
member field associated
associate member
coercion convert automatic
elision omit leave
omit leave
variance subtype
subtype variance
orphan foreign
coherence orphan
hygiene macro
export public usable
condition predicate
temporary intermediate middle unnamed
unsized size
dynamically size unknown
compiletime compile known static
runtime dynamic
diverge return never
never diverge
invalid wrong bad
replacement invalid
delimiter separator
separator delimiter
occurrence first
chunk piece
piece chunk
remainder rest
remain rest left
inner contain inside
contain hold inside
hold contain
allocate memory
legal allow permit valid
valid legal allow
weak cycle leak
cycle leak circular
main program entry
ranked any
raw identifier word
keyword word
guard condition
bind name
binding name variable
variable binding
coerce convert
send transfer move
update change existing
shorthand short
refutable refuse irrefutable
irrefutable refutable
unwind panic catch
poison panic
exhaustive cover all
wildcard underscore catch
deref dereference smart
dereference deref follow
pointee point
alias name synonym
synonym alias
newtype wrapper wrap
wrapper newtype
impl implement
blanket generic
monomorphize generic performance
profile release optimize
optimize release fast
test check
assert check test
integration test
doctest documentation example
benchmark measure
git repository
repository git
registry publish
yank remove
edition version
version semver
semver version compatible
iterate traverse
consume take
produce yield return
yield produce
adapter chain
reverse back
skip ignore
filter keep only
map transform apply
apply call
invoke call
find search locate
search find
contain include
join concatenate connect
trim strip whitespace
strip remove prefix
pad fill align
format print display
display print show
debug print
parse read convert
read load
load read
write store save
flush write
append add end
truncate shorten
resize grow length
reserve capacity grow
capacity room space
shrink capacity
sort order
unique duplicate dedup
dedup duplicate
minimum smallest least
maximum largest greatest
sum total add
product multiply
absolute abs
power exponent
sqrt root
round nearest
random rand
sleep wait pause
timeout wait limit
spawn start
environment variable
exit quit terminate
exit status
allocation memory
`
  .trim()
  .split('\n')
  .map((line) => [...new Set(line.split(' ').map(stem))]);

const table = new Map<string, Set<string>>();
for (const group of groups) {
  const [head, ...rest] = group;
  for (const one of rest) {
    // A line's first word stands for the others and they for it; the others not for each other.
    link(head as string, one);
    link(one, head as string);
  }
}

function link(from: string, to: string): void {
  table.set(from, (table.get(from) ?? new Set()).add(to));
}

/** Terms that a term may stand for, itself not among them. */
export function synonymsOf(term: string): readonly string[] {
  return [...(table.get(term) ?? [])];
}
