//! temporary
fn main() {
    let port = std::env::args().nth(1).and_then(|p| p.parse().ok()).unwrap_or(8001);
    let server = k8bit_simulator::http::Server::start(k8bit_simulator::http::ServerOptions {
        port,
        ..Default::default()
    })
    .unwrap_or_else(|e| panic!("{e}"));
    println!("{}", server.url());
    std::thread::park();
}
