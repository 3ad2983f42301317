import StrataBase
import StrataDevices
import StrataLoop
import StrataStack
import StrataWire

/// Our own stack on a TAP, a TUN or a packet socket: the kernel, and who is behind it, are its neighbours.
final class DeviceGround: SocketGround {
  /// Super-frames that wait for programs, and small frames.
  private static let superFrames = 512
  private static let frames = 16_384

  /// How long the start waits for its addresses.
  private static var longestStart: Interval { .seconds(3) }

  let host: DeviceHost
  var sockets: SocketTable { host.sockets }
  private let pool: FramePool

  init(
    _ kind: SystemDevice.Kind, _ name: String, _ options: DeviceOptions, _ loop: Loop
  ) throws(CommandFailure) {
    pool = FramePool(standard: Self.frames, large: Self.superFrames)
    do throws(DeviceError) {
      var device = try SystemDevice.open(kind, name, pool: pool, offloads: !options.noOffload)
      if kind != .packetSocket { try Self.set(&device, options) }
      host = try DeviceHost(
        device, on: loop, addresses: options.addresses, gateways: options.gateways, pool: pool)
      waitUntilReady(loop)
    } catch {
      if case .notPermitted = error {
        let line = Self.line(kind, name, options)
        throw .missing("\(error): run this as root, or once: \(line)")
      }
      throw .failed("\(error)")
    }
  }

  deinit {
    host.close()
    pool.destroy()
  }

  /// IPv6 asks first whether somebody else has the address; that takes a second.
  private func waitUntilReady(_ loop: Loop) {
    let deadline = loop.now + Self.longestStart
    while !host.isReady, loop.now < deadline, !loop.isStopped { host.turn(until: deadline) }
  }

  /// Addresses the kernel's end and raises the link, unless somebody with the right to has done that.
  private static func set(_ device: inout SystemDevice, _ options: DeviceOptions) throws(DeviceError) {
    do throws(DeviceError) {
      for address in options.hostAddresses { try device.link.addAddress(address) }
      try device.link.raise()
    } catch .notPermitted where device.link.isUp {}
  }

  /// What root has to run, so that everybody can use the link.
  private static func line(_ kind: SystemDevice.Kind, _ name: String, _ options: DeviceOptions) -> String {
    if kind == .packetSocket { return "setcap cap_net_raw+ep $(command -v strata)" }
    let mode = kind == .tap ? "tap" : "tun"
    var lines = ["ip tuntap add dev \(name) mode \(mode) user $USER"]
    lines += options.hostAddresses.map { "ip addr add \($0) dev \(name)" }
    lines.append("ip link set \(name) up")
    return lines.joined(separator: " && ")
  }

  func turn(until deadline: Instant) { host.turn(until: deadline) }

  var failure: CommandFailure? { host.failure.map { .failed("\($0)") } }

  var isSettled: Bool { host.host.endpointCount == 0 }
}
