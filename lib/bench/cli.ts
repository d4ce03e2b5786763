import { benchmark } from './benchmark';
import { help, parseCommand } from './options';
import { printProfiles } from './profile';

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command === 'help') console.log(help());
  // Set-up has done so by now.
  else if (command === 'install') console.log('PyTorch and ONNX Runtime are ready');
  else if ('profile' in command) printProfiles(command.profile);
  else await benchmark(command);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
