// An explanation for a person: what was seen, the rule, what to do, each with the number of its anchors.
import type { AnchorRecord } from '../../memory/anchors.ts';
import type { ExplainAnswer } from '../../schemas/types.ts';
import type { Colors } from '../terminal.ts';
import { harmless, oneLine } from '../text.ts';
import { renderDiff } from './diff.ts';

const heads: Readonly<Record<string, string>> = { saw: 'here', rule: 'rule', do: 'do', item: 'item' };

export function renderAnswer(
  answer: ExplainAnswer,
  records: readonly AnchorRecord[],
  why: boolean,
  colors: Colors,
): string {
  const lines = [colors.bold(oneLine(answer.what))];
  const numbers = new Map<string, number>();
  for (const { role, text, anchors } of answer.claims) {
    const marks = anchors.map(({ id }) => {
      if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
      return `[${numbers.get(id)}]`;
    });
    const [first] = anchors;
    const from =
      first === undefined || first.kind === 'code' || role === 'saw'
        ? ''
        : colors.dim(`  ${oneLine(first.title.join(' › '))}`);
    lines.push(
      `  ${colors.cyan((heads[role] ?? role).padEnd(5))}${harmless(oneLine(text))} ${colors.dim(marks.join(''))}${from}`,
    );
  }
  for (const { title, diff } of answer.repairs ?? []) {
    lines.push(`  ${colors.cyan('fix  ')}${oneLine(title)} ${colors.dim('(not proved)')}`);
    lines.push(
      ...renderDiff(diff, colors)
        .trimEnd()
        .split('\n')
        .map((line) => `       ${line}`),
    );
  }
  if (!answer.known) lines.push(`  ${colors.yellow('it is not known here')}`);
  for (const line of answer.help) lines.push(`  ${colors.green('→')} ${oneLine(line)}`);
  if (why) {
    for (const { anchor, text } of records) {
      const number = numbers.get(anchor.id);
      if (number === undefined) continue;
      lines.push(
        `[${number}] ${anchor.id}  ${anchor.kind}  ${oneLine(anchor.source)}  bytes ${anchor.start}-${anchor.end}`,
      );
      lines.push(`    ${oneLine(text)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
