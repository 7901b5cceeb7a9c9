// The episode machine: one total table from (state, trigger) to the next state. What a state does is episode.ts's work.
import type { State } from '../schemas/types.ts';

/** What can happen in each state. */
interface Triggers {
  Sense: 'errors' | 'settled';
  Plan: 'question' | 'ready' | 'exhausted';
  Probe: 'answered';
  Propose: 'ranked';
  Validate: 'holds' | 'fails';
  Rollback: 'restored';
  Reflect: 'noted';
  Remember: 'stored';
  End: never;
}

export type Trigger<S extends State = State> = Triggers[S];

/** Where each trigger leads. A pair that is not here does not exist. */
export const machine: { readonly [S in State]: Readonly<Record<Triggers[S], State>> } = {
  /** Look at the crate: what is wrong, or is there nothing to do? */
  Sense: { errors: 'Plan', settled: 'Reflect' },
  /** Choose the most promising state of the search and one root cause in it. */
  Plan: { question: 'Probe', ready: 'Propose', exhausted: 'Reflect' },
  /** Ask the compiler something cheap; after a rollback there may be nothing to ask. */
  Probe: { answered: 'Plan' },
  /** Collect and rank candidates; an empty list is a result that Validate turns down. */
  Propose: { ranked: 'Validate' },
  /** Check the next few candidates, and prove those that compile. */
  Validate: { holds: 'Reflect', fails: 'Rollback' },
  /** Return to the frontier of the search: no worker's mirror keeps what failed. */
  Rollback: { restored: 'Probe' },
  /** Say what worked, what failed and why. */
  Reflect: { noted: 'Remember' },
  /** Store the bundle and the lessons. */
  Remember: { stored: 'End' },
  End: {},
};

/** The state that `trigger` leads to from `state`; the types rule out a pair that the table lacks. */
export function next<S extends State>(state: S, trigger: Trigger<S>): State {
  return machine[state][trigger];
}
