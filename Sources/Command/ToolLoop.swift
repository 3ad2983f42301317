import StrataLoop
import StrataSockets

/// The loop of a tool, which ends at the first Ctrl-C with what it has so far.
struct ToolLoop {
  let loop: Loop
  private let interrupt: Interrupt

  init() throws(CommandFailure) {
    do {
      loop = try Loop()
      interrupt = try Interrupt(loop)
    } catch { throw .failed("\(error)") }
  }

  var isInterrupted: Bool { interrupt.isAsked }

  /// Runs a program until it is over or somebody interrupts it. `tell` takes out what it has to say.
  func run<P: Program>(
    _ program: inout P, on ground: some SocketGround, until tell: (inout P) -> Bool
  ) {
    ground.run(&program) { tell(&$0) || isInterrupted }
  }
}
