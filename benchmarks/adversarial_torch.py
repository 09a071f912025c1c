"""The networks of dcgan/fashion_mnist in PyTorch, in a process of their own: TensorFlow beside it brings it down.

Each line on standard input asks for so many steps; the answer is a line with wall and CPU seconds.
"""

from __future__ import annotations

import sys
import time

import torch
from torch import nn

LATENT, WIDTH, BATCH, STEPS, RATE = (int(text) if text.isdigit() else float(text) for text in sys.argv[1:6])


def up(inputs: int, outputs: int, stride: int, padding: int) -> list[nn.Module]:
    """One stage of the generator."""
    convolution = nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(True)]


def down(inputs: int, outputs: int) -> list[nn.Module]:
    """One stage of the discriminator."""
    return [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, True)]


def main() -> None:
    """Step as PyTorch's own DCGAN example does, as often as asked."""
    generator = nn.Sequential(
        *up(LATENT, 4 * WIDTH, 1, 0),
        *up(4 * WIDTH, 2 * WIDTH, 2, 1),
        *up(2 * WIDTH, WIDTH, 2, 1),
        nn.ConvTranspose2d(WIDTH, 1, 4, 2, 1, bias=False),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        *down(1, WIDTH), *down(WIDTH, 2 * WIDTH), *down(2 * WIDTH, 4 * WIDTH), nn.Conv2d(4 * WIDTH, 1, 4, bias=False)
    )
    of_generator, of_discriminator = (
        torch.optim.Adam(network.parameters(), lr=RATE, betas=(0.5, 0.999)) for network in (generator, discriminator)
    )
    entropy, ones, zeros = nn.BCEWithLogitsLoss(), torch.ones(BATCH), torch.zeros(BATCH)
    pictures = torch.rand(STEPS, BATCH, 1, 32, 32) * 2.0 - 1.0  # their content takes no time
    for _ in sys.stdin:
        began, began_cpu = time.perf_counter(), time.process_time()
        for real in pictures:
            fake = generator(torch.randn(BATCH, LATENT, 1, 1))
            of_discriminator.zero_grad()
            judged = discriminator(real).flatten(), discriminator(fake.detach()).flatten()
            (0.5 * (entropy(judged[0], ones) + entropy(judged[1], zeros))).backward()
            of_discriminator.step()
            of_generator.zero_grad()
            entropy(discriminator(fake).flatten(), ones).backward()
            of_generator.step()
        print(time.perf_counter() - began, time.process_time() - began_cpu, flush=True)


if __name__ == "__main__":
    main()
