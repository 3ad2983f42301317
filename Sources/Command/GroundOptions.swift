import ArgumentParser
import StrataLoop

/// What a tool runs on, as ping, traceroute and netcat take it.
struct GroundOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What is underneath: cable, kernel, tap:NAME, tun:NAME or packet:LINK.", valueName: "ground"),
    transform: Ground.parse)
  var on = Ground.cable

  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup(title: "Cable") var cable: CableOptions

  @Option(
    help: ArgumentHelp("How fast the cable's clock runs: real, free or 1:N.", valueName: "pace"),
    transform: Pace.parse)
  var pace = Pace.real

  func validate() throws { try device.check(on) }

  /// The sockets, with so many routers in the way where the ground is made here.
  func open(routers: Int = 0, _ loop: Loop) throws(CommandFailure) -> any SocketGround {
    try on.check()
    return switch on {
    case .kernel: KernelGround(loop)
    case .device(let kind, let name): try DeviceGround(kind, name, device, loop)
    case .cable, .planned: CableGround(cable, routers: routers, pace: pace, loop)
    }
  }
}
