/** Waits for the work, but not for longer. @throws Error with the text when the time is over; the work goes on meanwhile */
export async function inTime<T>(work: Promise<T>, ms: number, otherwise: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
