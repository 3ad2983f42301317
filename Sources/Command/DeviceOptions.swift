import ArgumentParser
import StrataWire

/// Who Strata is on a TAP, a TUN or a packet socket, and what the kernel's end of the link gets.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Strata's own address, like 10.9.0.2/24.", valueName: "address"),
    transform: PrefixArgument.parse)
  var address: PrefixArgument?

  @Option(
    help: ArgumentHelp("Its IPv6 address, like fd00::2/64; may be repeated.", valueName: "address"),
    transform: PrefixArgument.parse)
  var address6: [PrefixArgument] = []

  @Option(
    help: ArgumentHelp("Where packets to other networks go; once for each version.", valueName: "address"),
    transform: AddressArgument.parse)
  var gateway: [AddressArgument] = []

  @Option(
    help: ArgumentHelp("The kernel's address on the link, like 10.9.0.1/24.", valueName: "address"),
    transform: PrefixArgument.parse)
  var hostAddress: PrefixArgument?

  @Option(
    help: ArgumentHelp("The kernel's IPv6 address on the link; may be repeated.", valueName: "address"),
    transform: PrefixArgument.parse)
  var hostAddress6: [PrefixArgument] = []

  @Flag(help: "Send and receive only frames that fit the link's MTU, with all their checksums.")
  var noOffload = false

  var addresses: [AddressPrefix] { ([address].compactMap { $0 } + address6).map(\.prefix) }
  var hostAddresses: [AddressPrefix] { ([hostAddress].compactMap { $0 } + hostAddress6).map(\.prefix) }
  var gateways: [Address] { gateway.map(\.address) }

  /// Throws where the options do not fit the ground.
  func check(_ ground: Ground) throws {
    guard case .device(let kind, let name) = ground else {
      if addresses.isEmpty, hostAddresses.isEmpty, gateway.isEmpty, !noOffload { return }
      throw ValidationError("--address and what belongs to it are for --on tap:NAME, tun:NAME or packet:LINK")
    }
    if addresses.isEmpty { throw ValidationError("--on \(name) needs an address of Strata's: add --address") }
    if let wrong = [address, hostAddress].compactMap({ $0 }).first(where: { !$0.prefix.address.isV4 }) {
      throw ValidationError("\(wrong.prefix) is IPv6: write it behind --address6 or --host-address6")
    }
    if let wrong = (address6 + hostAddress6).first(where: { $0.prefix.address.isV4 }) {
      throw ValidationError("\(wrong.prefix) is IPv4: write it behind --address or --host-address")
    }
    if kind == .packetSocket, !hostAddresses.isEmpty {
      throw ValidationError("--host-address is for links that Strata makes: leave it out on packet:\(name)")
    }
  }
}

/// An address with the length of its network, on the command line.
struct PrefixArgument: Quantity {
  static let form = "write an address with its length, like 10.9.0.2/24 or fd00::2/64"
  let prefix: AddressPrefix

  init?(argument: String) {
    guard argument.contains("/"), let prefix = AddressPrefix(argument) else { return nil }
    self.prefix = prefix
  }
}

/// An address on the command line.
struct AddressArgument: Quantity {
  static let form = "write an address like 10.9.0.1 or fd00::1"
  let address: Address

  init?(argument: String) {
    guard let address = Address(argument) else { return nil }
    self.address = address
  }
}
