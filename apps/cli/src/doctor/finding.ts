export type Finding =
  | { readonly state: 'ok' | 'not checked'; readonly detail: string }
  | { readonly state: 'warning' | 'failed'; readonly detail: string; readonly mend: string };

export interface Check {
  readonly title: string;
  readonly run: () => Promise<Finding> | Finding;
}

export const ok = (detail: string): Finding => ({ state: 'ok', detail });
export const notChecked = (detail: string): Finding => ({ state: 'not checked', detail });
export const warning = (detail: string, mend: string): Finding => ({ state: 'warning', detail, mend });
export const failed = (detail: string, mend: string): Finding => ({ state: 'failed', detail, mend });

/** One line, without the stack: a check that breaks is a finding like any other. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}
