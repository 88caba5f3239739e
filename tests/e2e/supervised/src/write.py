import os
import sys

output, times = sys.argv[2], int(sys.argv[4])
os.makedirs(output)
with open(os.path.join(output, "words.txt"), "w") as file:
    file.write("word\n" * times)
