import { tf } from '../runtime';
import { convBlock } from './convBlock';
import { concatenate, maxPool3x3, type FeatureMap } from './layers';
import { buildModel, FeatureModule, type Images } from './module';
import { fitInput, requirePositive } from './shapeCheck';

/** The results of an Inception module's four branches, in the order of their concatenation. */
type Branches = readonly [FeatureMap, FeatureMap, FeatureMap, FeatureMap];

/** What both versions of the module share: four branches, put side by side along the channels. */
abstract class Branching extends FeatureModule {
  abstract override readonly model: tf.LayersModel;
  protected abstract readonly branchModel: tf.LayersModel;

  /**
   * Runs the branches without concatenating them.
   *
   * @param x float32 [H, W, C] or [B, H, W, C]
   * @returns branch1 … branch4, each with the height and width of `x`
   * @throws RangeError as forward()
   */
  branches<T extends Images>(x: T): [T, T, T, T] {
    return tf.tidy(() => {
      const results = this.branchModel.apply(fitInput(this.model, x)) as tf.Tensor4D[];
      return results.map((result) => (x.rank === 3 ? tf.squeeze(result, [0]) : result));
    }) as [T, T, T, T];
  }
}

/**
 * The naive Inception module (paper, Figure 2a):
 * [B, H, W, inChannels] → [B, H, W, ch1x1 + ch3x3 + ch5x5 + inChannels].
 */
export class InceptionNaive extends Branching {
  readonly model: tf.LayersModel;
  protected readonly branchModel: tf.LayersModel;

  /** @throws RangeError for a number of channels that is no whole number of at least 1 */
  constructor(inChannels: number, ch1x1: number, ch3x3: number, ch5x5: number) {
    super();
    requirePositive('InceptionNaive', { inChannels, ch1x1, ch3x3, ch5x5 });
    const x = tf.input({ shape: [null, null, inChannels] });
    const branches: Branches = [
      convBlock(x, 'branch1', { outChannels: ch1x1, kernelSize: 1 }),
      convBlock(x, 'branch2', { outChannels: ch3x3, kernelSize: 3, padding: 1 }),
      convBlock(x, 'branch3', { outChannels: ch5x5, kernelSize: 5, padding: 2 }),
      maxPool3x3(x, 'branch4', 1),
    ];
    this.model = buildModel('InceptionNaive', x, concatenate(branches, 'concat'), [
      'branch1/conv1',
      'branch2/conv1',
      'branch3/conv1',
    ]);
    this.branchModel = tf.model({ inputs: x, outputs: [...branches] });
  }
}

/** The columns of the paper's Table 1 that describe an Inception module, in its order. */
export type InceptionColumns = readonly [
  ch1x1: number,
  ch3x3red: number,
  ch3x3: number,
  ch5x5red: number,
  ch5x5: number,
  poolProj: number,
];

/**
 * The Inception module with dimension reductions (paper, Figure 2b):
 * [B, H, W, inChannels] → [B, H, W, ch1x1 + ch3x3 + ch5x5 + poolProj].
 */
export class Inception extends Branching {
  readonly model: tf.LayersModel;
  protected readonly branchModel: tf.LayersModel;

  /** @throws RangeError for a number of channels that is no whole number of at least 1 */
  constructor(inChannels: number, ...columns: InceptionColumns) {
    super();
    const [ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj] = columns;
    requirePositive('Inception', { inChannels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj });
    const x = tf.input({ shape: [null, null, inChannels] });
    const branches = inceptionBranches(x, '', columns);
    this.model = buildModel(
      'Inception',
      x,
      concatenate(branches, 'concat'),
      inceptionParameters(''),
    );
    this.branchModel = tf.model({ inputs: x, outputs: [...branches] });
  }
}

/** The layers of an {@link Inception} module inside a larger network, named `<name>/branch1/conv1` and so on. */
export function inception(x: FeatureMap, name: string, columns: InceptionColumns): FeatureMap {
  return concatenate(inceptionBranches(x, `${name}/`, columns), `${name}/concat`);
}

/** The layers of an Inception module that hold parameters, in the order in which PyTorch makes them. */
export function inceptionParameters(prefix: string): string[] {
  return ['branch1', 'branch2/0', 'branch2/1', 'branch3/0', 'branch3/1', 'branch4/1'].map(
    (block) => `${prefix}${block}/conv1`,
  );
}

function inceptionBranches(
  x: FeatureMap,
  prefix: string,
  [ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj]: InceptionColumns,
): Branches {
  const branch1 = convBlock(x, `${prefix}branch1`, { outChannels: ch1x1, kernelSize: 1 });

  const reduced3x3 = convBlock(x, `${prefix}branch2/0`, { outChannels: ch3x3red, kernelSize: 1 });
  const branch2 = convBlock(reduced3x3, `${prefix}branch2/1`, {
    outChannels: ch3x3,
    kernelSize: 3,
    padding: 1,
  });

  const reduced5x5 = convBlock(x, `${prefix}branch3/0`, { outChannels: ch5x5red, kernelSize: 1 });
  const branch3 = convBlock(reduced5x5, `${prefix}branch3/1`, {
    outChannels: ch5x5,
    kernelSize: 5,
    padding: 2,
  });

  const pooled = maxPool3x3(x, `${prefix}branch4/0`, 1);
  const branch4 = convBlock(pooled, `${prefix}branch4/1`, { outChannels: poolProj, kernelSize: 1 });

  return [branch1, branch2, branch3, branch4];
}
