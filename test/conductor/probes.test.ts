// Questions to the compiler during an episode: what is asked, how often, and that an answer decides.
import { type Ran, Workshop } from '../support/fix.ts';
import { assert, test } from '../support/harness.ts';

let shop: Workshop;
test.before(async () => {
  shop = await Workshop.open();
});
test.after(() => shop.close());

/** The missing argument has another name than the parameter, is used elsewhere, and nothing in the text says its type. */
const letters = `pub struct Letter {
    pub grams: u32,
}

pub struct Rate {
    pub base: u32,
    pub per_gram: u32,
}

impl Rate {
    pub fn parse(text: &str) -> Option<Rate> {
        Some(Rate { base: 0, per_gram: text.parse().ok()? })
    }
}

fn postage(letter: &Letter, rate: &Rate) -> u32 {
    letter.grams * rate.per_gram
}

pub fn quote(letters: &[Letter], text: &str) -> Option<u32> {
    let mut sum = 0;
    for letter in letters {
        let factor = Rate::parse(text.trim())?;
        sum += factor.base + postage(letter);
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        let letters = [Letter { grams: 10 }, Letter { grams: 20 }];
        assert_eq!(quote(&letters, " 3 "), Some(90));
        assert_eq!(quote(&letters, "x"), None);
    }
}
`;

const asked = ({ events }: Ran) =>
  events
    .flatMap((event) => (event.type === 'observation' ? [event.observation] : []))
    .filter(({ tool }) => tool.startsWith('probe_'));

test.needs('bubblewrap', 'an error is repaired because the compiler was asked, and not without', async () => {
  const path = await shop.crate('letters', { 'src/lib.rs': letters });
  const run = await shop.fix(path);
  assert.is(run.result.status, 'fixed', run.result.reason);
  assert.match(run.result.bundle?.diff ?? '', /\+.*postage\(letter, &factor\)/);
  assert.ok(asked(run).some(({ ok, data }) => ok && data.want === 'type' && data.type === 'Rate'));
  assert.is(run.result.probes, asked(run).length);
  const without = await shop.fix(path, { probes: 0 });
  assert.is(asked(without).length, 0);
  // Of a type that nobody knows it is a guess, whatever the tests say.
  assert.is(without.result.status, 'unsure', without.result.bundle?.diff);
});

test.needs('bubblewrap', 'no more is asked than the budget lets', async () => {
  const path = await shop.crate('budget', { 'src/lib.rs': letters });
  const run = await shop.fix(path, { probes: 1 });
  assert.is(asked(run).length, 1);
  assert.is(run.result.probes, 1);
});
