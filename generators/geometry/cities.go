package geometry

// cities lists large cities, the commonest first.
func cities() []city {
	return []city{
		{121.4737, 31.2304},  // Shanghai
		{116.4074, 39.9042},  // Beijing
		{-74.0060, 40.7128},  // New York
		{-0.1276, 51.5072},   // London
		{139.6917, 35.6895},  // Tokyo
		{114.0579, 22.5431},  // Shenzhen
		{2.3522, 48.8566},    // Paris
		{77.2090, 28.6139},   // Delhi
		{-118.2437, 34.0522}, // Los Angeles
		{13.4050, 52.5200},   // Berlin
		{113.2644, 23.1291},  // Guangzhou
		{72.8777, 19.0760},   // Mumbai
		{-46.6333, -23.5505}, // São Paulo
		{126.9780, 37.5665},  // Seoul
		{103.8198, 1.3521},   // Singapore
		{-99.1332, 19.4326},  // Mexico City
		{120.1551, 30.2741},  // Hangzhou
		{31.2357, 30.0444},   // Cairo
		{28.9784, 41.0082},   // Istanbul
		{-122.4194, 37.7749}, // San Francisco
		{3.3792, 6.5244},     // Lagos
		{104.0668, 30.5728},  // Chengdu
		{151.2093, -33.8688}, // Sydney
		{106.8456, -6.2088},  // Jakarta
		{-87.6298, 41.8781},  // Chicago
		{37.6173, 55.7558},   // Moscow
		{-58.3816, -34.6037}, // Buenos Aires
		{100.5018, 13.7563},  // Bangkok
		{-79.3832, 43.6532},  // Toronto
		{-3.7038, 40.4168},   // Madrid
		{55.2708, 25.2048},   // Dubai
		{12.4964, 41.9028},   // Rome
		{114.3055, 30.5928},  // Wuhan
		{36.8219, -1.2921},   // Nairobi
		{18.4241, -33.9249},  // Cape Town
		{4.9041, 52.3676},    // Amsterdam
		{18.0686, 59.3293},   // Stockholm
		{-70.6693, -33.4489}, // Santiago
		{174.7633, -36.8485}, // Auckland
		{-43.1729, -22.9068}, // Rio de Janeiro
	}
}
