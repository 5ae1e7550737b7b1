"""The program of the wheel, as `python -m requant` and as the script `requant`."""
import os, sys


def main():
    program = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bin", "requant")
    # It looks for OpenVINO through python3, which is to be this one.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    os.execv(program, ["requant", *sys.argv[1:]])


if __name__ == "__main__":
    main()
