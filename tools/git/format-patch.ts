// A bundle as the mail that `git am` takes. Pure: whose repository it goes into is the caller's business.
import type { PatchBundle } from '../../schemas/types.ts';
import { moveDiff } from '../patch/diff.ts';

export interface FormatOptions {
  /** Date of the commit, ms since the epoch. */
  readonly at: number;
  /** Path of the bundle's root inside the repository, with a trailing slash; '' when it is the top. */
  readonly prefix?: string;
}

/** The date in git's own format-patch separator, by which `file` and mail readers know the format. */
const separatorDate = 'Mon Sep 17 00:00:00 2001';
/** Characters of a subject, as git's own tools cut it. */
const subjectLength = 72;

/** One message in mbox format. Carriage returns are quoted-printable, because `git am` drops bare ones. */
export function formatPatch(bundle: PatchBundle, { at, prefix = '' }: FormatOptions): string {
  const diff = prefix === '' ? bundle.diff : moveDiff(bundle.diff, prefix);
  const quoted = diff.includes('\r');
  const body = `${message(bundle)}\n---\n${diff}${diff.endsWith('\n') ? '' : '\n'}-- \nrusta ${bundle.id}\n`;
  const headers = [
    `From ${bundle.id.padEnd(40, '0')} ${separatorDate}`,
    'From: Rusta <rusta@localhost>',
    `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
    `Subject: [PATCH] ${encodedWord(subject(bundle))}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    `Content-Transfer-Encoding: ${quoted ? 'quoted-printable' : '8bit'}`,
  ];
  return `${headers.join('\n')}\n\n${quoted ? quotedPrintable(body) : body}\n`;
}

function subject({ fixes }: PatchBundle): string {
  const first = fixes[0];
  const more = fixes.length > 1 ? ` (and ${fixes.length - 1} more)` : '';
  const title = oneLine(
    first === undefined ? 'Repair' : `${first.code === null ? '' : `${first.code}: `}${first.title}`,
  );
  return `${title.length + more.length > subjectLength ? `${title.slice(0, subjectLength - more.length - 1)}…` : title}${more}`;
}

/** No line of it begins with what comes from the crate: none can pass for a mail header or the start of a diff. */
function message(bundle: PatchBundle): string {
  const steps = bundle.fixes.map(({ file, line, code, message: said, title }) =>
    oneLine(`- ${file}:${line}: ${code === null ? '' : `${code} `}${said}: ${title}`),
  );
  const tests =
    bundle.tests_after === null
      ? []
      : [`Tests: ${bundle.tests_after.passed} passed, ${bundle.tests_after.failed} failed.`];
  return [...steps, '', `Errors: ${bundle.errors_before} before, ${bundle.errors_after} after.`, ...tests, ''].join(
    '\n',
  );
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** RFC 2047, where a header holds anything but ASCII. */
function encodedWord(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  // An encoded word holds at most 75 characters: 12 around it, three for a byte. Words are cut between characters.
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    const code = [...Buffer.from(character)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join('');
    if (word.length + code.length > 63) {
      words.push(word);
      word = '';
    }
    word += code;
  }
  return [...words, word].map((part) => `=?UTF-8?Q?${part}?=`).join('\n ');
}

/** RFC 2045, section 6.7; soft line breaks keep lines within 76 characters. */
function quotedPrintable(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const codes = [...Buffer.from(line)].map((byte, index, bytes) => {
        const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x3d && !(byte === 0x20 && index === bytes.length - 1);
        return plain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
      });
      const lines = [''];
      for (const code of codes) {
        if ((lines.at(-1) as string).length + code.length > 75) lines.push('');
        lines[lines.length - 1] += code;
      }
      return lines.join('=\n');
    })
    .join('\n');
}
