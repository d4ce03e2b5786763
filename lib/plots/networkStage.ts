import { shapeText } from './style';
import { displayTable } from './table';

/** One row of a network's stage table. */
export interface NetworkStage {
  /** `icp_3a`. */
  name: string;
  /** Channels, height, width as the lecture writes them; only features after the last pooling. */
  outputShape: readonly number[];
  /** Numbers trained. */
  parameters: number;
  /** Multiply-adds of one image's forward pass. */
  multiplyAdds: number;
  /** Of an auxiliary head: the stage whose output it reads, which stands before it. */
  after?: string;
}

/**
 * Shows the stage table of a network: output shapes and what each stage costs.
 * @throws Error outside a notebook
 */
export function displayStages(stages: readonly NetworkStage[]): void {
  displayTable(
    stages.map(({ name, outputShape, parameters, multiplyAdds }) => ({
      stage: name,
      'output shape': shapeText(outputShape),
      parameters,
      'multiply-adds': multiplyAdds,
    })),
  );
}
