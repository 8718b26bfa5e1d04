/** Waits for so many things to be done. */
export interface Countdown {
  /** @throws what {@link fail} was told, also before this, or an error when they are late */
  wait(count: number): Promise<void>;
  done(): void;
  fail(error: unknown): void;
}

const LATE_MS = 600_000;

export function countdown(): Countdown {
  let left = 0;
  let failure: { readonly error: unknown } | undefined;
  let onChange = (): void => undefined;
  return {
    wait(count) {
      left = count;
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${left} of ${count} jobs are not done after ${LATE_MS / 1000} s`)), LATE_MS);
        onChange = () => {
          if (left > 0 && failure === undefined) return;
          clearTimeout(late);
          if (failure === undefined) resolve();
          else reject(failure.error);
        };
        onChange();
      });
    },
    done() {
      left -= 1;
      onChange();
    },
    fail(error) {
      failure ??= { error };
      onChange();
    },
  };
}
