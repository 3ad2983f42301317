import StrataWire

/// What one end of a cable is plugged into: a host, a host with addresses for this interface alone, or a
/// switch.
///
/// ```swift
/// world.cable(router.at("10.1.0.1/24", "fd01::1/64"), lan)
/// ```
public struct CableSocket {
  enum Kind {
    case host(WorldHost, [AddressPrefix]?)
    case `switch`(WorldSwitch)
  }
  let kind: Kind

  var name: String {
    switch kind {
    case .host(let host, _): host.name
    case .switch(let lan): lan.name
    }
  }
}

/// What a cable can be plugged into.
public protocol Pluggable {
  /// Where the next cable goes.
  var socket: CableSocket { get }
}

extension CableSocket: Pluggable {
  public var socket: CableSocket { self }
}

extension WorldHost: Pluggable {
  public var socket: CableSocket { CableSocket(kind: .host(self, nil)) }

  /// The next interface, with addresses of its own: at most one of them IPv4.
  public func at(_ addresses: AddressPrefix...) -> CableSocket { at(addresses) }

  /// The same with addresses as text. Text that is no address is a mistake of the program.
  public func at(_ address: String, _ more: String...) -> CableSocket {
    at(([address] + more).map(World.prefix))
  }

  func at(_ addresses: [AddressPrefix]) -> CableSocket { CableSocket(kind: .host(self, addresses)) }
}

extension WorldSwitch: Pluggable {
  public var socket: CableSocket { CableSocket(kind: .switch(self)) }
}
