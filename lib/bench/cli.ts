import { benchmark } from './benchmark';
import { help, parseCommand } from './options';
import { INSTALLED_SIZE, installPyTorch, PYTORCH_VERSION } from './pytorch';

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command === 'help') console.log(help());
  else if (command === 'install') {
    console.log(`PyTorch ${PYTORCH_VERSION}: ${INSTALLED_SIZE} in .cache`);
    await installPyTorch();
    console.log('PyTorch is ready');
  } else await benchmark(command);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
