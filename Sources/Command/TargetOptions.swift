import ArgumentParser
import StrataWire

/// The host that a tool asks.
struct TargetOptions: ParsableArguments {
  @Argument(help: "An address or a name; on the cable: server, client or an address.") var host: String
  @OptionGroup var version: VersionOptions

  /// The address of the host on a ground that has so many routers where it is made here.
  func address(on ground: GroundOptions, routers: Int = 0) throws(CommandFailure) -> Address {
    try version.address(of: host, on: ground, routers: routers)
  }
}

/// Over which version of IP a tool asks.
struct VersionOptions: ParsableArguments {
  @Flag(name: .customShort("4"), help: "Use IPv4.") var isV4 = false
  @Flag(name: .customShort("6"), help: "Use IPv6.") var isV6 = false

  func validate() throws {
    if isV4, isV6 { throw ValidationError("-4 and -6 exclude each other") }
  }

  /// The address of a host on a ground that has so many routers where it is made here.
  func address(
    of host: String, on ground: GroundOptions, routers: Int = 0
  ) throws(CommandFailure) -> Address {
    let wanted: Resolver.Version? = isV4 ? .v4 : isV6 ? .v6 : nil
    if let address = Address(host) {
      guard wanted == nil || address.isV4 == isV4 else {
        throw .usage("\(host) is an address of IPv\(address.isV4 ? 4 : 6): leave out -\(isV4 ? 4 : 6)")
      }
      return address
    }
    guard ground.on == .cable else { return try Resolver.address(of: host, wanted) }
    guard let address = RouterRow.address(of: host, routers: routers, isV6: isV6) else {
      throw .usage("the cable has no host \(host): say server, client or an address; names need --on kernel")
    }
    return address
  }
}
