/** Sized for a laptop or a small machine: 2 cores, a few GB, one developer or one test run. */
const COMMON = {
  shared_preload_libraries: 'pg_stat_statements',
  // utility statements carry passwords (ALTER ROLE … PASSWORD), which must not be readable in a view
  'pg_stat_statements.track_utility': 'off',
  // parameters carry the keys of personal data, which must not be readable in the log
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  max_connections: '200',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  random_page_cost: '1.1',
  max_parallel_workers: '2',
  autovacuum_max_workers: '2',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  // short queries over many partitions lose more to compiling than they win
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

/** What `npm start` keeps: survives a power cut. */
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/** For tests: the data is thrown away anyway. */
const THROWAWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0' };

export function postgresSettings(durable: boolean): readonly string[] {
  return Object.entries({ ...COMMON, ...(durable ? DURABLE : THROWAWAY) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
