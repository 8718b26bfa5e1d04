export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
  /** What to do about it; a rule that cannot say so is not a rule. */
  readonly remedy: string;
}

/** One line each, `path:line`, so that a terminal or an editor can jump there. */
export function describeViolations(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, problem, remedy }) => `${path}:${line} ${problem}. ${remedy}`);
}
