"""`make faults`: the product, hurt on purpose and checked from outside: docs/contributors/faults.md."""
