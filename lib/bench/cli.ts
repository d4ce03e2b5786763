import { benchmark } from './benchmark';
import { help, parseCommand } from './options';
import { installedSize, installPyTorch, PYTORCH_VERSION } from './pytorch';

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  switch (command.kind) {
    case 'help':
      console.log(help());
      return;
    case 'install':
      console.log(`PyTorch ${PYTORCH_VERSION}: ${installedSize()} in .cache`);
      await installPyTorch();
      console.log('PyTorch is ready');
      return;
    case 'measure':
      await benchmark(command);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
