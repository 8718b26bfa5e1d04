/**
 * How many tests passed and failed, from vitest's JSON report and exit code. What fails without failing a test counts as one more: a
 * file that does not load, an error outside any test, a run that was ended or found nothing to run.
 *
 * @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] } | undefined} report
 * @param {number | null} exitCode null when the run was ended from outside
 */
export function countTests(report, exitCode) {
  const files = report?.testResults ?? [];
  const count = (file, status) => file.assertionResults.filter((test) => test.status === status).length;
  const sum = (status) => files.reduce((total, file) => total + count(file, status), 0);
  const broken = files.filter((file) => file.status !== 'passed' && count(file, 'failed') === 0).length;
  const passed = sum('passed');
  const failed = sum('failed') + broken;
  return { passed, failed: failed === 0 && (exitCode !== 0 || passed === 0) ? 1 : failed };
}
