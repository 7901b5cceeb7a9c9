// The text grammar of actions: one call of a tool on one line. Which tools there are, and what they take, is
// tools/registry.ts; running them is episode.ts.
//
//   ::act v=1 tool=cargo_check {"scope":"all","state":"0123456789abcdef"}
//
//   action := '::act' SPACE 'v=' DIGITS SPACE 'tool=' NAME SPACE OBJECT
//   SPACE  := one or more of space and tab; NAME := [a-z][a-z0-9_]*; OBJECT := strict JSON (schemas/json.ts)
//
// Printing is canonical (one space, keys sorted, -0 as 0), so that an action's text and hash do not depend on the
// order in which its arguments were set. Whatever a text holds, reading it throws ActionSyntaxError or nothing.
import { RustaError } from '../schemas/errors.ts';
import { shortHash } from '../schemas/hash.ts';
import { canonicalJson, type JsonObject, JsonSyntaxError, positionAt, readJson } from '../schemas/json.ts';
import type { ActionBlock } from '../schemas/types.ts';

/** The version of the grammar, and of `ActionBlock`. */
const version = 1;

/** A text that is not an action, and the first place where it is not. */
export class ActionSyntaxError extends RustaError {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
  /** 0-based, in UTF-16 units; for bytes that are not UTF-8, of the text before them. */
  readonly offset: number;

  constructor(text: string, offset: number, expected: string, got: string) {
    const { line, column } = positionAt(text, offset);
    super(`line ${line}, column ${column}: expected ${expected}, found ${got}`, {
      code: 'action-syntax',
      op: 'read action',
      expected,
      got,
    });
    this.name = 'ActionSyntaxError';
    this.line = line;
    this.column = column;
    this.offset = offset;
  }
}

/** The one action that `input` holds, on one line; white space around it is allowed. Bytes are read as UTF-8. */
export function parseAction(input: string | Uint8Array): ActionBlock {
  const text = decode(input);
  const start = text.length - text.trimStart().length;
  const end = lineEnd(text, start);
  const action = readAction(text, start, end);
  const after = end + text.slice(end).search(/\S|$/);
  if (after < text.length) throw new ActionSyntaxError(text, after, 'one action', found(text, after, text.length));
  return action;
}

/** The actions of a text in which each stands on a line of its own, starting it, among other lines; in order. */
export function parseActions(input: string | Uint8Array): ActionBlock[] {
  const text = decode(input);
  const actions: ActionBlock[] = [];
  for (let start = 0; start < text.length; start = nextLine(text, start)) {
    if (/^::act(?![a-z0-9_])/i.test(text.slice(start, start + 6)))
      actions.push(readAction(text, start, lineEnd(text, start)));
  }
  return actions;
}

/**
 * The action's one canonical line, without a newline. Throws `action-invalid` when the value cannot be an action:
 * another version, a tool's name outside the grammar, arguments that JSON cannot say.
 */
export function printAction(action: ActionBlock): string {
  const { v, tool, args } = action;
  if (v !== version) throw invalid(`v=${v}: this version prints v=${version}`);
  if (typeof tool !== 'string' || !/^[a-z][a-z0-9_]*$/.test(tool))
    throw invalid(`${JSON.stringify(tool)} is not a tool's name`);
  if (typeof args !== 'object' || args === null || Array.isArray(args)) throw invalid('the arguments are no object');
  try {
    return `::act v=${version} tool=${tool} ${canonicalJson(args)}`;
  } catch (cause) {
    if (cause instanceof TypeError) throw invalid(cause.message, cause);
    throw cause;
  }
}

/** Content hash of the action: what observations and the log call it. */
export function actionId(action: ActionBlock): string {
  return shortHash(printAction(action));
}

function invalid(message: string, cause?: unknown): RustaError {
  return new RustaError(message, { code: 'action-invalid', op: 'print action', cause });
}

/** Reads the action at `text.slice(start, end)`; positions are those of the whole text. */
function readAction(text: string, start: number, end: number): ActionBlock {
  let at = start;
  const fail = (expected: string): never => {
    throw new ActionSyntaxError(text, at, expected, found(text, at, end));
  };
  const word = (expected: string): void => {
    for (const char of expected) {
      if (at >= end || text[at] !== char) fail(`'${expected}'`);
      at += 1;
    }
  };
  const match = (pattern: RegExp, expected: string): string => {
    pattern.lastIndex = at;
    const value = pattern.exec(text)?.[0] ?? '';
    if (value === '' || at >= end) fail(expected);
    at += value.length;
    return value;
  };

  word('::act');
  match(/[ \t]+/y, 'a space');
  word('v=');
  const digits = at;
  const written = match(/[0-9]+/y, 'a version number');
  if (written !== String(version))
    throw new ActionSyntaxError(text, digits, `version ${version}`, `version ${written.slice(0, 20)}`);
  match(/[ \t]+/y, 'a space');
  word('tool=');
  const tool = match(/[a-z][a-z0-9_]*/y, "a tool's name (a-z, 0-9, _)");
  match(/[ \t]+/y, 'a space');
  if (at >= end || text[at] !== '{') fail("the arguments, '{'");
  try {
    return { v: version, tool, args: readJson(text, at, end) as JsonObject };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ActionSyntaxError(text, error.offset, error.expected, error.found);
    throw error;
  }
}

function nextLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline + 1;
}

/** Where the line that holds `start` ends, white space at its end (and so `\r`) left out. */
function lineEnd(text: string, start: number): number {
  return start + text.slice(start, nextLine(text, start)).trimEnd().length;
}

function found(text: string, at: number, end: number): string {
  if (at >= end) return text.slice(at).trim() === '' ? 'the end of the text' : 'the end of the line';
  const rest = text.slice(at, Math.min(end, at + 20));
  return JSON.stringify(rest.split(/[ \t]/)[0] || rest[0]);
}

function decode(input: string | Uint8Array): string {
  if (typeof input === 'string') return input;
  const text = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');
  // What is no UTF-8 was replaced by U+FFFD; one that stands in the bytes themselves is as good as any character.
  let byte = 0;
  let offset = 0;
  for (const char of text) {
    const size = Buffer.byteLength(char);
    if (char === '\ufffd' && Buffer.compare(input.subarray(byte, byte + size), replacement) !== 0)
      throw new ActionSyntaxError(text, offset, 'UTF-8', `the byte 0x${(input[byte] as number).toString(16)}`);
    byte += size;
    offset += char.length;
  }
  return text;
}

const replacement: Uint8Array = Buffer.from('\ufffd');
