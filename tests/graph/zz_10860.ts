import { tf } from 'googlenet/runtime';
import { GoogLeNet, adam, crossEntropyLoss } from 'googlenet/nn';
import { compile } from '../../lib/graph';
import { passes } from '../../lib/graph/passes';
import { labels, numbers, scalar, variablesOf } from './models';
const orig = {...passes}; const B=Number(process.env.B??8);
async function main() {
  const a = new GoogLeNet(3,'cifar10').model; const w = a.getWeights().map(t=>t.clone());
  const mk = (m: tf.LayersModel) => { const opt = adam(Number(process.env.LR??1e-3)); return (x: tf.Tensor, y: tf.Tensor) => opt.minimize(() => crossEntropyLoss(m.apply(x) as tf.Tensor2D, y as tf.Tensor1D), true, variablesOf(m)) as tf.Scalar; };
  const x = tf.tensor(numbers(B*3072),[B,32,32,3]).add(0.5), y = labels(B,10);
  const e: number[] = []; const st = mk(a); for (let i=0;i<10;i++) e.push(scalar(st(x,y)));
  console.log(e.map(v=>v.toFixed(4)).join(' '));
  for (const skip of ['', 'none', ...Object.keys(orig).map(k=>'only:'+k)]) { 
    for (const k of Object.keys(orig)) passes[k] = skip==='none' || (skip.startsWith('only:') && skip!=='only:'+k) ? (p=>p) : orig[k]!;
    const m = new GoogLeNet(3,'cifar10').model; m.setWeights(w); const c = compile(mk(m)); const d: number[]=[]; for (let i=0;i<10;i++) { const l = scalar(await c(x,y)); d.push(Math.abs(l-e[i]!)/e[i]!); } c.dispose(); console.log(skip.padEnd(24), d.map(v=>v.toExponential(0)).join(' ')); }
}
main();
