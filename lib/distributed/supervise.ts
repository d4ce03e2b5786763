import type { ChildProcess } from 'node:child_process';
import { addAbortListener, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { INTERRUPTED } from '../runtime';
import { checkWorkers, type Checked } from './check';
import { endSessions } from './probe';

/** Milliseconds from one look at the workers to the next, and those that a worker has to answer. */
const INTERVAL = 1500;
const PATIENCE = 7000;
/** Milliseconds that sessions of an earlier process have to end. */
const CLEARANCE = 2000;

/** Attempts in a row that fail, and save nothing, though every worker answers. */
const ATTEMPTS = 3;

export interface SupervisedRun {
  /** `host:port` of each worker. */
  readonly workers: readonly string[];
  /** Whether to wait for a worker that is lost, or not there yet, and not go on without it. */
  readonly wait: boolean;
  /**
   * Starts the run on some of the workers, in a process of its own that is told by its environment.
   * It goes on from what is saved, and tells by its channel ({@link RunMessage}) when it saves, when
   * it has trained to the end, and when the workers fail it, with which it ends.
   */
  readonly start: (workers: readonly string[]) => ChildProcess;
  /** Is told what happens, in a sentence. */
  readonly say: (message: string) => void;
  /** Asks to end the run. */
  readonly signal: AbortSignal;
}

/** What the process of a run tells. */
export type RunMessage =
  | { readonly saved: true }
  /** It has all its epochs, and needs the workers no more. */
  | { readonly trained: true }
  | { readonly failure: string };

/** What TensorFlow says of a session that another process has ended: before a step, and in one. */
const SESSION_GONE =
  /\bsession\b.* (is not found|is closed|has been closed)|explicit call to `Session::Close\(\)`/i;
const DISPLACED = 'another run has begun on these workers; both share them now';

/** How an attempt ended. */
type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  /** A worker is lost, or one that was lost is back and what was trained without it is saved. */
  | { readonly kind: 'changed' }
  /** The process was killed, or the workers failed it, and nothing is wrong with any of them. */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly saved: boolean;
      /** Whether another run ended its sessions: each ends those that it finds when it begins. */
      readonly displaced: boolean;
    };

/**
 * Runs a training on workers and sees to it that it goes on: when a worker ends, hangs or is started
 * anew, the run's process is ended, which may wait for it for ever, and another goes on from what is
 * saved, with the workers that are left. One that comes back takes part again from the next save on.
 *
 * @returns the exit code of the run
 * @throws Error that names each worker that cannot be used at the start, or for which it is no use to
 *   wait, and what to do, or at the end that none is left
 */
export async function supervise(run: SupervisedRun): Promise<number> {
  let usable = await (run.wait ? allWorkers(run) : requireAll(run.workers));
  const isStopped = () => run.signal.aborted;
  let failures = 0;
  let displaced = false;
  while (usable.length > 0 && !isStopped()) {
    // Else the two would end each other's for ever.
    if (!displaced) await clear(usable);
    const ending = await attempt(run, usable);
    if (ending.kind === 'exit') return ending.code;
    displaced = ending.kind === 'failed' && ending.displaced;
    if (ending.kind === 'failed') {
      failures = ending.saved ? 1 : failures + 1;
      const why = `though every worker answers: ${ending.why}`;
      if (failures === ATTEMPTS) {
        throw new Error(`the run has failed ${ATTEMPTS} times in a row ${why}`);
      }
      run.say(`the run failed ${why}`);
    } else failures = 0;
    usable = run.wait ? await allWorkers(run) : await answering(run.workers);
    if (usable.length > 0 && !isStopped()) {
      run.say(`going on from the last saved epoch with ${listed(usable.map(addressOf))}`);
    }
  }
  if (isStopped()) return INTERRUPTED;
  throw new Error(
    'no worker is left: start them again, and give the same command, which goes on from the last saved epoch; with --wait it waits for them',
  );
}

type Usable = Extract<Checked, { state: unknown }>;

function addressOf({ address }: Usable): string {
  return address;
}

function isUsable(checked: Checked): checked is Usable {
  return 'state' in checked;
}

async function answering(workers: readonly string[]): Promise<Usable[]> {
  return (await checkWorkers(workers, PATIENCE)).filter(isUsable);
}

async function requireAll(workers: readonly string[]): Promise<Usable[]> {
  const checked = await checkWorkers(workers, PATIENCE);
  const problems = checked.flatMap((one) => ('problem' in one ? one.problem : []));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return checked.filter(isUsable);
}

async function allWorkers({ workers, say, signal }: SupervisedRun): Promise<Usable[]> {
  let said: readonly string[] = [];
  for (;;) {
    const checked = await checkWorkers(workers, PATIENCE);
    const missing = checked.flatMap((one) => (isUsable(one) ? [] : [one]));
    if (missing.length === 0 || signal.aborted) return checked.filter(isUsable);
    const wrong = missing.filter(({ mayCome }) => !mayCome);
    if (wrong.length > 0) throw new Error(wrong.map(({ problem }) => problem).join('\n'));
    const problems = missing.map(({ problem }) => problem);
    for (const problem of problems.filter((one) => !said.includes(one))) say(`waiting: ${problem}`);
    said = problems;
    await delay(INTERVAL, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends what an earlier process of a run has left on the workers. */
async function clear(usable: readonly Usable[]): Promise<void> {
  await Promise.all(usable.map(({ address }) => endSessions(address, CLEARANCE)));
}

/** One process of the run, on these workers, to its end or that of the first worker. */
async function attempt(run: SupervisedRun, usable: readonly Usable[]): Promise<Ending> {
  const workers = usable.map(addressOf);
  if (run.signal.aborted) return { kind: 'exit', code: INTERRUPTED };
  const child = run.start(workers);
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  let failure: string | undefined;
  const stopping = addAbortListener(run.signal, () => child.kill('SIGINT'));
  const away = run.workers.filter((address) => !workers.includes(address));
  const back = new Set<string>();
  let returned = false;
  let saved = false;
  const trained = new Promise<undefined>((resolve) => {
    child.on('message', (message: RunMessage) => {
      if ('trained' in message) resolve(undefined);
    });
  });
  child.on('message', (message: RunMessage) => {
    if ('failure' in message) failure = message.failure;
    if (!('saved' in message)) return;
    saved = true;
    if (back.size > 0) {
      returned = true;
      child.kill('SIGINT');
    }
  });
  const ended = async (): Promise<Ending> => {
    const code = await exit;
    if (returned && code === INTERRUPTED) return { kind: 'changed' };
    if (code !== null && failure === undefined) return { kind: 'exit', code };
    // It may have been told to end before it could take that in order.
    if (run.signal.aborted) return { kind: 'exit', code: INTERRUPTED };
    const events = await eventsOf(usable);
    for (const event of events) run.say(event);
    if (events.length > 0) return { kind: 'changed' };
    const displaced = failure !== undefined && SESSION_GONE.test(failure);
    const why = displaced ? DISPLACED : (failure ?? 'its process was killed');
    return { kind: 'failed', why, saved, displaced };
  };
  const watching = new AbortController();
  const pause = () => delay(INTERVAL, undefined, { signal: watching.signal });
  const lost = async (): Promise<Ending> => {
    for (;;) {
      await pause();
      const events = await eventsOf(usable);
      watching.signal.throwIfAborted();
      for (const event of events) run.say(event);
      if (events.length > 0) return { kind: 'changed' };
    }
  };
  // Apart: one that is silent takes its time at each look.
  const returning = async (): Promise<never> => {
    for (;;) {
      await pause();
      const others = await checkWorkers(away, PATIENCE);
      watching.signal.throwIfAborted();
      for (const { address } of others.filter(isUsable)) {
        if (!back.has(address)) run.say(`${address} is back: it takes part after this epoch`);
        back.add(address);
      }
    }
  };
  try {
    // Once it has exited, or needs no worker, nobody waits for the next look.
    const gone = exit.then(() => undefined);
    const event = await Promise.race([gone, trained, lost(), returning()]).finally(() => {
      watching.abort();
    });
    if (event === undefined) return await ended();
    child.kill('SIGKILL');
    await exit;
    return event;
  } finally {
    stopping[Symbol.dispose]();
  }
}

/** What has happened to workers since they were found usable. */
async function eventsOf(usable: readonly Usable[]): Promise<string[]> {
  const checked = await checkWorkers(usable.map(addressOf), PATIENCE);
  return usable.flatMap(({ address, state }, i) => {
    const now = checked[i];
    if (now === undefined || !isUsable(now)) {
      return [`${address} is lost: it has ended, hangs, or cannot be reached`];
    }
    return now.state.incarnation === state.incarnation ? [] : [`${address} was started anew`];
  });
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
