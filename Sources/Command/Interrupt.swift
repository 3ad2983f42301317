import Glibc
import StrataLoop

/// Ctrl-C and the request to terminate: the first asks to end in order, the second ends at once.
final class Interrupt {
  private(set) var isAsked = false
  /// What other loops of the command wait for.
  let ending = Ending()

  init(_ loop: Loop) throws(LoopError) {
    for signal in [SIGINT, SIGTERM] {
      try loop.addSignal(signal) { [unowned self] in
        if isAsked {
          loop.stop()
          ending.stop()
        }
        isAsked = true
        ending.ask()
      }
    }
  }
}
