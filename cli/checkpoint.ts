// Where the checkpoint that ships lies: beside dist/ in an installed package, in the tree beside the source.
import { fileURLToPath } from 'node:url';

export function shippedCheckpoint(): string {
  const besideCli = fileURLToPath(new URL('../trainer/checkpoints/s0.safetensors', import.meta.url));
  return besideCli.replace(/[\\/]dist(?=[\\/]trainer[\\/]checkpoints[\\/])/, '');
}
