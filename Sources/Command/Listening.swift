import StrataService
import StrataSockets

/// Finds a place to listen: the one that was asked for, or the first free one from the default on.
enum Listening {
  static var defaultAddress: SocketAddress { SocketAddress("127.0.0.1:8080")! }
  /// How many ports from the default on are tried.
  static var tries: Int { 100 }

  /// Calls `listen` with addresses until one is free. An address that was asked for is the only one.
  static func find<R>(
    _ wanted: ListenAddress?, _ listen: (SocketAddress) throws(SocketError) -> R
  ) throws(CommandFailure) -> R {
    var address = wanted?.address ?? defaultAddress
    for _ in 0..<tries {
      do { return try listen(address) } catch .addressInUse where wanted == nil {
        address.port += 1
      } catch .addressInUse {
        throw .failed("\(address) is in use: choose another with --listen, or leave it out")
      } catch {
        throw .failed("cannot listen on \(address): \(error)")
      }
    }
    throw .failed("no free port from \(defaultAddress) on: choose one with --listen")
  }
}
