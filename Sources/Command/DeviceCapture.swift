import Glibc
import StrataBase
import StrataDevices
import StrataLoop
import StrataRecording

/// Writes what passes a device to a pcapng file.
final class DeviceCapture: DeviceObserver {
  private let capture: PacketCapture

  /// `now` is the loop's present instant.
  init(path: String, of kind: SystemDevice.Kind, _ link: KernelLink, at now: Instant) throws(RecordingError) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let wall = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    capture = try PacketCapture(
      path: path, host: link.name, epoch: wall - UInt64(now.nanoseconds), mtu: link.mtu,
      hasEthernet: kind != .tun)
  }

  func sent(_ frame: RawSpan, at now: Instant) { capture.write(frame, .outbound, at: now) }
  func arrived(_ frame: RawSpan, at now: Instant) { capture.write(frame, .inbound, at: now) }
  func close() throws(RecordingError) { try capture.close() }
}
