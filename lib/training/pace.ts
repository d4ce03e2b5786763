/**
 * Speed of a run and the time it still takes. The first step is left out of both: it pays for
 * what happens once (memory, and a graph's compilation).
 */
export class Pace {
  private images = 0;
  private timedImages = 0;
  private start = NaN;

  /**
   * @param imagesToCome images of all steps to come
   * @param now clock, in seconds
   */
  constructor(
    private readonly imagesToCome: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** To be called after each step, with its number of images. Not known (NaN) after the first. */
  step(images: number): { imagesPerSecond: number; secondsLeft: number } {
    this.images += images;
    if (Number.isNaN(this.start)) {
      this.start = this.now();
    } else {
      this.timedImages += images;
    }
    const imagesPerSecond =
      this.timedImages > 0 ? this.timedImages / (this.now() - this.start) : NaN;
    return { imagesPerSecond, secondsLeft: (this.imagesToCome - this.images) / imagesPerSecond };
  }
}
