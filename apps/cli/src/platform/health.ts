import { get } from 'node:http';

const ANSWER_DEADLINE_MS = 2_000;

/** Whether the part behind that port on this machine says it is ready. Not fetch: that would go through a proxy set in the environment. */
export function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/health/ready', timeout: ANSWER_DEADLINE_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}
