import StrataBase
import StrataFiles
import StrataLoop
import StrataService
import StrataSockets
import StrataWire

/// Serving on a device of the operating system: whoever the link leads to can come.
enum DeviceServing {
  static func open(
    _ ground: DeviceGround, port: UInt16, _ store: FolderStore, _ loop: Loop, _ ending: Ending,
    _ console: Console
  ) throws -> FileServing<DeviceGround> {
    // Of every address of ours, of both versions.
    var server = FileServer(
      store: store, address: SocketAddress(address: .any, port: port),
      clock: WallClock(secondsAtStart: loop.wallTime), codings: Codings.system)
    do { try server.listen(ground.sockets) } catch {
      throw CommandFailure.failed("cannot listen on port \(port): \(error)")
    }
    return FileServing(server, on: ground, loop, ending, console)
  }
}
