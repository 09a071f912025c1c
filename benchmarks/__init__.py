"""Speed figures: ratios from one run on one machine; `python -m benchmarks NAME` prints one table. Never asserted."""
